public import CUNet1D
import UNet1DSampling

/// Prepares loops. See unet1d.h.
@c @implementation
public func unet1d_sampler_create(
    _ model: OpaquePointer?, _ pool: OpaquePointer?, _ shape: UnsafePointer<unet1d_shape>?,
    _ scheduler: OpaquePointer?, _ steps: Int, _ options: UnsafePointer<unet1d_sampler_options>?,
    _ sampler: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting {
        let model = try HandleTable.shared.object(model, .model, as: UNet1DModel.self)
        let pool = try HandleTable.shared.object(pool, .pool, as: WorkerPool.self)
        let scheduler = try HandleTable.shared.object(scheduler, .scheduler, as: SchedulerObject.self).scheduler
        let shape = try ForwardShape(shape)
        let options = try SamplerOptions(options)
        guard let sampler else { throw Failure.argument("sampler", found: "NULL", expected: "where to put the handle") }
        let session = try Session(
            model: model, shapes: [shape], pool: pool, options: options.session.options, arena: options.session.arena)
        let made = try Sampler(session: session, scheduler: scheduler, steps: steps, options: options.options)
        let state = UnsafeMutablePointer<SamplerState>.allocate(capacity: 1)
        state.initialize(to: SamplerState(made, noise: options.options.noise))
        do { sampler.pointee = try HandleTable.shared.insert(UnsafeMutableRawPointer(state), .sampler) } catch {
            SamplerState.free(state)
            throw error
        }
    }
}

/// Ends a sampler and its handle. See unet1d.h.
@c @implementation
public func unet1d_sampler_free(_ sampler: OpaquePointer?) -> unet1d_status {
    reporting {
        if sampler == nil { return }
        let taken = try HandleTable.shared.take(sampler, .sampler)
        HandleTable.shared.remove(taken.handle)
        SamplerState.free(taken.object.assumingMemoryBound(to: SamplerState.self))
    }
}

/// What loops take and do. See unet1d.h.
@c @implementation
public func unet1d_sampler_info(
    _ sampler: OpaquePointer?, _ info: UnsafeMutablePointer<unet1d_loop_info>?
) -> unet1d_status {
    reporting {
        try HandleTable.shared.withSampler(sampler) {
            try SizedStruct.write(unet1d_loop_info($0.sampler), to: info, "info")
        }
    }
}

/// The timesteps of all steps. See unet1d.h.
@c @implementation
public func unet1d_sampler_timesteps(
    _ sampler: OpaquePointer?, _ timesteps: UnsafeMutablePointer<Double>?, _ count: Int
) -> unet1d_status {
    reporting {
        try HandleTable.shared.withSampler(sampler) { state in
            guard let timesteps else { throw Failure.argument("timesteps", found: "NULL", expected: "memory for them") }
            let found = state.sampler.schedule.timesteps
            guard count == found.count else {
                throw Failure.argument(
                    "count", found: "\(UInt(bitPattern: count))",
                    expected: "\(found.count), the step count of unet1d_sampler_info")
            }
            for (index, timestep) in found.enumerated() { timesteps[index] = timestep }
        }
    }
}

/// Keeps values in every loop. See unet1d.h.
@c @implementation
public func unet1d_sampler_hold(_ sampler: OpaquePointer?, _ held: UnsafePointer<unet1d_held>?) -> unet1d_status {
    reporting {
        try HandleTable.shared.withSampler(sampler) { state in
            let request = try HeldRequest(held, shape: state.sampler.session.plan.sampleShape)
            try state.sampler.hold(request.values, resampling: request.resampling)
        }
    }
}

/// Starts the draws anew. See unet1d.h.
@c @implementation
public func unet1d_sampler_restart(_ sampler: OpaquePointer?, _ noise: UnsafePointer<unet1d_noise>?) -> unet1d_status {
    reporting { try HandleTable.shared.withSampler(sampler) { try $0.restart(NoiseSource(noise)) } }
}

/// A whole loop. See unet1d.h.
@c @implementation
public func unet1d_sampler_run(
    _ sampler: OpaquePointer?, _ options: UnsafePointer<unet1d_loop_options>?, _ output: UnsafeMutablePointer<Float>?,
    _ output_count: Int
) -> unet1d_status {
    reporting { try HandleTable.shared.withSampler(sampler) { try $0.run(options, output, output_count) } }
}

extension HandleTable {
    /// Runs a call on a sampler that no other call uses meanwhile.
    fileprivate func withSampler(_ pointer: OpaquePointer?, _ body: (inout SamplerState) throws -> Void) throws {
        try with(pointer, .sampler, body)
    }
}

extension unet1d_loop_info {
    /// What C is told of loops; without the size, which is the caller's.
    fileprivate init(_ sampler: borrowing Sampler) {
        self.init()
        let shape = sampler.session.plan.sampleShape
        sample_shape = (Int64(shape[0]), Int64(shape[1]), Int64(shape[2]))
        sample_count = sampler.sampleCount
        step_count = sampler.schedule.count
        draws = sampler.draws
    }
}
