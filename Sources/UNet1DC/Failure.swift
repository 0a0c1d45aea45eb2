import CUNet1D
import UNet1D

/// Why a call fails: its status and message.
struct Failure: Error {
    let status: unet1d_status
    let message: String

    init(_ status: unet1d_status, _ message: String) {
        self.status = status
        self.message = message
    }

    /// Something that the caller passed.
    static func argument(_ name: String, found: String, expected: String) -> Failure {
        Failure(UNET1D_INVALID_ARGUMENT, "\(name): found \(found), expected \(expected)")
    }

    /// A handle that stands for nothing.
    static func handle(_ kind: HandleKind, _ pointer: OpaquePointer?) -> Failure {
        Failure(
            UNET1D_INVALID_HANDLE,
            pointer == nil
                ? "\(kind.name): found NULL, expected a handle that a call of this library gave"
                : "\(kind.name): found a handle that was freed, is of another kind or never was one; keep it until its last use"
        )
    }

    init(_ error: UNet1DError) {
        let status =
            switch error {
            case .checkpoint: UNET1D_CHECKPOINT
            case .planning, .shape: UNET1D_SHAPE
            case .implementation: UNET1D_ISA
            case .memory: UNET1D_MEMORY
            case .workers: UNET1D_WORKERS
            case .timestep: UNET1D_TIMESTEP
            }
        self.init(status, "\(error)")
    }
}

/// Runs a call and turns what it throws into a status and this thread's message.
func reporting(_ body: () throws(Failure) -> Void) -> unet1d_status {
    do throws(Failure) {
        try body()
        return UNET1D_OK
    } catch {
        last_error_set(error.message)
        return error.status
    }
}

/// Runs a call of the library, its error as a failure.
func failing<Result: ~Copyable>(_ body: () throws(UNet1DError) -> Result) throws(Failure) -> Result {
    do throws(UNet1DError) { return try body() } catch { throw Failure(error) }
}
