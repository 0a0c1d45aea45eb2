public import CUNet1D
import UNet1D

/// One forward of the selected shape: takes the session, compares what was passed with the plan, computes. See
/// unet1d.h.
@c @implementation
public func unet1d_forward(
    _ session: OpaquePointer?, _ sample: UnsafePointer<Float>?, _ sample_count: Int,
    _ timestep: UnsafePointer<unet1d_timestep>?, _ output: UnsafeMutablePointer<Float>?, _ output_count: Int
) -> unet1d_status {
    running(session, of: Session.self, ForwardEnds(sample, sample_count, timestep, output, output_count)) {
        $0.forward(uncheckedSample: $1, timesteps: UnsafePointer($2), output: $3)
        return UNET1D_OK
    }
}

/// What a caller passes to a forward.
struct ForwardEnds {
    let sample: UnsafePointer<Float>?
    let sampleCount: Int
    let timestep: UnsafePointer<unet1d_timestep>?
    let output: UnsafeMutablePointer<Float>?
    let outputCount: Int

    init(
        _ sample: UnsafePointer<Float>?, _ sampleCount: Int, _ timestep: UnsafePointer<unet1d_timestep>?,
        _ output: UnsafeMutablePointer<Float>?, _ outputCount: Int
    ) {
        self.sample = sample
        self.sampleCount = sampleCount
        self.timestep = timestep
        self.output = output
        self.outputCount = outputCount
    }
}

/// Takes a session, compares the ends with its plan, converts the timesteps and runs `compute`. Nothing here allocates or
/// throws: refusals are plain text.
@inline(__always)
func running<Made: PreparedSession & ~Copyable>(
    _ handle: OpaquePointer?, of _: Made.Type, _ ends: ForwardEnds,
    _ compute: (
        inout Made, UnsafePointer<Float>, UnsafeMutablePointer<Double>, UnsafeMutablePointer<Float>
    ) -> unet1d_status
) -> unet1d_status {
    do throws(Refusal) {
        let taken = try HandleTable.shared.take(handle, Made.kind)
        defer { HandleTable.shared.giveBack(taken.handle) }
        let state = taken.object.assumingMemoryBound(to: SessionState<Made>.self)
        let timesteps = state.pointee.timesteps.baseAddress.unsafelyUnwrapped
        let status = check(ends, state.pointee.session.counts, timesteps)
        guard status == UNET1D_OK, let sample = ends.sample, let output = ends.output else { return status }
        guard state.pointee.session.isConditioned else {
            return refuse(
                "session", "found no observation, expected one: set the condition of the selected shape first")
        }
        return compute(&state.pointee.session, sample, timesteps, output)
    } catch {
        return error.report()
    }
}

/// Compares what was passed with the plan's counts, and converts the timesteps.
private func check(
    _ ends: ForwardEnds, _ counts: (sample: Int, output: Int, timesteps: Int),
    _ timesteps: UnsafeMutablePointer<Double>
) -> unet1d_status {
    guard let sample = ends.sample, let output = ends.output, let timestep = ends.timestep,
        let values = timestep.pointee.values
    else {
        return refuse("sample, timestep, timestep.values, output", "found NULL, expected memory for each")
    }
    guard UInt(bitPattern: sample) % 4 == 0, UInt(bitPattern: output) % 4 == 0 else {
        return refuse("sample, output", "found an address that is no multiple of 4, expected floats")
    }
    guard ends.sampleCount == counts.sample else {
        return refuse("sample_count", found: ends.sampleCount, expected: counts.sample)
    }
    guard ends.outputCount == counts.output else {
        return refuse("output_count", found: ends.outputCount, expected: counts.output)
    }
    guard timestep.pointee.count == counts.timesteps else {
        return refuse("timestep.count", found: timestep.pointee.count, expected: counts.timesteps)
    }
    guard timestep.pointee.reserved == 0 else {
        return refuse("timestep.reserved", "found another number, expected 0")
    }
    return convert(values, kind: timestep.pointee.kind, count: counts.timesteps, to: timesteps)
}

/// Entries of a timestep as numbers.
private func convert(
    _ values: UnsafeRawPointer, kind: UInt32, count: Int, to timesteps: UnsafeMutablePointer<Double>
) -> unet1d_status {
    switch Int(kind) {
    case UNET1D_TIMESTEP_FLOAT:
        for index in 0..<count {
            timesteps[index] = Double(values.loadUnaligned(fromByteOffset: 4 * index, as: Float.self))
        }
    case UNET1D_TIMESTEP_DOUBLE:
        for index in 0..<count { timesteps[index] = values.loadUnaligned(fromByteOffset: 8 * index, as: Double.self) }
    case UNET1D_TIMESTEP_INT64:
        for index in 0..<count {
            timesteps[index] = Double(values.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
        }
    case UNET1D_TIMESTEP_PYTHON_FLOAT:
        let value = values.loadUnaligned(as: Double.self)
        guard count == 1, let whole = Int64(exactly: value.rounded(.towardZero)) else {
            return Refusal(
                UNET1D_TIMESTEP, "timestep",
                "found a Python float that fits no 64-bit integer, or several, expected one that fits: it is truncated"
            ).report()
        }
        timesteps[0] = Double(whole)
    default:
        return refuse("timestep.kind", "found another number, expected one that unet1d.h names")
    }
    return UNET1D_OK
}

func refuse(_ name: StaticString, _ text: StaticString) -> unet1d_status {
    Refusal(UNET1D_INVALID_ARGUMENT, name, text).report()
}

func refuse(_ name: StaticString, found: Int, expected: Int) -> unet1d_status {
    let remedy: StaticString = "see the plan_info of the selected shape"
    last_error_set_numbers(name.cString, found, expected, remedy.cString)
    return UNET1D_INVALID_ARGUMENT
}
