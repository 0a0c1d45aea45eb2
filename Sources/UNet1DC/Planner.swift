public import CUNet1D
import UNet1DSampling

/// Prepares planning. See unet1d.h.
@c @implementation
public func unet1d_planner_create(
    _ plans: OpaquePointer?, _ value_function: OpaquePointer?, _ pool: OpaquePointer?,
    _ shape: UnsafePointer<unet1d_shape>?, _ scheduler: OpaquePointer?, _ steps: Int, _ actions: Int,
    _ options: UnsafePointer<unet1d_planner_options>?, _ planner: UnsafeMutablePointer<OpaquePointer?>?
) -> unet1d_status {
    reporting {
        let plans = try HandleTable.shared.object(plans, .model, as: UNet1DModel.self)
        let value = try HandleTable.shared.object(value_function, .model, as: UNet1DModel.self)
        let pool = try HandleTable.shared.object(pool, .pool, as: WorkerPool.self)
        let scheduler = try HandleTable.shared.object(scheduler, .scheduler, as: SchedulerObject.self).scheduler
        let shape = try ForwardShape(shape)
        guard shape.timesteps == 1 else {
            throw Failure.argument("shape.timesteps", found: "\(shape.timesteps)", expected: "1, that of the step")
        }
        // Decides how many numbers the options have.
        guard actions >= 1, actions < plans.sampleChannels else {
            throw Failure.argument(
                "actions", found: "\(UInt(bitPattern: actions))",
                expected: "1 to \(plans.sampleChannels - 1), fewer than a plan's channels")
        }
        let options = try PlannerOptions(options, observations: plans.sampleChannels - actions, actions: actions)
        guard let planner else { throw Failure.argument("planner", found: "NULL", expected: "where to put the handle") }
        let made = try GuidedPlanner(
            planner: Session(model: plans, shapes: [shape], pool: pool, options: options.session),
            value: GradientSession(
                model: value,
                shapes: [ForwardShape(batch: shape.batch, length: shape.length, timesteps: shape.batch)],
                pool: pool, options: options.session),
            scheduler: scheduler, steps: steps, actions: actions, options: options.options)
        let state = UnsafeMutablePointer<PlannerState>.allocate(capacity: 1)
        state.initialize(to: PlannerState(made, noise: options.options.noise))
        do { planner.pointee = try HandleTable.shared.insert(UnsafeMutableRawPointer(state), .planner) } catch {
            PlannerState.free(state)
            throw error
        }
    }
}

/// Ends a planner and its handle. See unet1d.h.
@c @implementation
public func unet1d_planner_free(_ planner: OpaquePointer?) -> unet1d_status {
    reporting {
        if planner == nil { return }
        let taken = try HandleTable.shared.take(planner, .planner)
        HandleTable.shared.remove(taken.handle)
        PlannerState.free(taken.object.assumingMemoryBound(to: PlannerState.self))
    }
}

/// What planning takes and gives. See unet1d.h.
@c @implementation
public func unet1d_planner_info(
    _ planner: OpaquePointer?, _ info: UnsafeMutablePointer<unet1d_plans_info>?
) -> unet1d_status {
    reporting {
        try HandleTable.shared.withPlanner(planner) {
            try SizedStruct.write(unet1d_plans_info($0.planner), to: info, "info")
        }
    }
}

/// Starts the draws anew. See unet1d.h.
@c @implementation
public func unet1d_planner_restart(_ planner: OpaquePointer?, _ noise: UnsafePointer<unet1d_noise>?) -> unet1d_status {
    reporting { try HandleTable.shared.withPlanner(planner) { try $0.restart(NoiseSource(noise)) } }
}

/// Plans. See unet1d.h.
@c @implementation
public func unet1d_planner_run(
    _ planner: OpaquePointer?, _ observation: UnsafePointer<Float>?, _ observation_count: Int,
    _ noise: UnsafePointer<Float>?, _ noise_count: Int, _ action: UnsafeMutablePointer<Float>?, _ action_count: Int,
    _ plans: UnsafeMutablePointer<Float>?, _ plan_count: Int, _ values: UnsafeMutablePointer<Float>?,
    _ value_count: Int
) -> unet1d_status {
    reporting {
        try HandleTable.shared.withPlanner(planner) {
            try $0.run(
                observation: .init(observation, observation_count), noise: .init(noise, noise_count),
                action: .init(action, action_count), plans: .init(plans, plan_count),
                values: .init(values, value_count))
        }
    }
}

extension HandleTable {
    /// Runs a call on a planner that no other call uses meanwhile.
    fileprivate func withPlanner(_ pointer: OpaquePointer?, _ body: (inout PlannerState) throws -> Void) throws {
        try with(pointer, .planner, body)
    }
}
