public import CUNet1D
import UNet1D
import UNet1DSampling

/// Sets what forwards read of an observation. See unet1d.h.
@c @implementation
public func unet1d_session_set_condition(
    _ session: OpaquePointer?, _ global: UnsafePointer<Float>?, _ global_count: Int, _ local: UnsafePointer<Float>?,
    _ local_count: Int
) -> unet1d_status {
    SessionCalls<Session>.setCondition(session, ConditionEnds(global, global_count, local, local_count))
}

/// Sets what gradients read of an observation. See unet1d.h.
@c @implementation
public func unet1d_gradient_set_condition(
    _ gradient: OpaquePointer?, _ global: UnsafePointer<Float>?, _ global_count: Int, _ local: UnsafePointer<Float>?,
    _ local_count: Int
) -> unet1d_status {
    SessionCalls<GradientSession>.setCondition(gradient, ConditionEnds(global, global_count, local, local_count))
}

/// Sets what loops read of an observation. See unet1d.h.
@c @implementation
public func unet1d_sampler_set_condition(
    _ sampler: OpaquePointer?, _ global: UnsafePointer<Float>?, _ global_count: Int, _ local: UnsafePointer<Float>?,
    _ local_count: Int
) -> unet1d_status {
    do throws(Refusal) {
        let taken = try HandleTable.shared.take(sampler, .sampler)
        defer { HandleTable.shared.giveBack(taken.handle) }
        let state = taken.object.assumingMemoryBound(to: SamplerState.self)
        let ends = ConditionEnds(global, global_count, local, local_count)
        let status = ends.check(state.pointee.sampler.conditionCounts)
        guard status == UNET1D_OK else { return status }
        state.pointee.sampler.setCondition(uncheckedGlobal: global, local: local)
        return UNET1D_OK
    } catch {
        return error.report()
    }
}

/// An observation as a caller passes it.
struct ConditionEnds {
    let global: UnsafePointer<Float>?
    let globalCount: Int
    let local: UnsafePointer<Float>?
    let localCount: Int

    init(_ global: UnsafePointer<Float>?, _ globalCount: Int, _ local: UnsafePointer<Float>?, _ localCount: Int) {
        self.global = global
        self.globalCount = globalCount
        self.local = local
        self.localCount = localCount
    }

    /// Compares it with what a plan reads. Allocates nothing.
    func check(_ counts: (global: Int, local: Int)) -> unet1d_status {
        guard globalCount == counts.global else {
            return refuse("global_count", found: globalCount, expected: counts.global)
        }
        guard localCount == counts.local else {
            return refuse("local_count", found: localCount, expected: counts.local)
        }
        guard (global != nil) == (globalCount > 0), (local != nil) == (localCount > 0) else {
            return refuse(
                "global, local", "found NULL, or memory for nothing, expected memory where the count is not 0")
        }
        guard UInt(bitPattern: global) % 4 == 0, UInt(bitPattern: local) % 4 == 0 else {
            return refuse("global, local", "found an address that is no multiple of 4, expected floats")
        }
        return UNET1D_OK
    }
}

extension SessionCalls where Made: ~Copyable {
    /// Takes a session, compares the observation with its plan, and sets it. Allocates nothing.
    @inline(__always)
    static func setCondition(_ handle: OpaquePointer?, _ ends: ConditionEnds) -> unet1d_status {
        do throws(Refusal) {
            let taken = try HandleTable.shared.take(handle, Made.kind)
            defer { HandleTable.shared.giveBack(taken.handle) }
            let state = taken.object.assumingMemoryBound(to: SessionState<Made>.self)
            let status = ends.check(state.pointee.session.conditionCounts)
            guard status == UNET1D_OK else { return status }
            state.pointee.session.setCondition(uncheckedGlobal: ends.global, local: ends.local)
            return UNET1D_OK
        } catch {
            return error.report()
        }
    }
}
