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

    init(_ refusal: Refusal) { self.init(refusal.status, "\(refusal.name): \(refusal.text)") }

    /// Whatever a call throws.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as UNet1DError: self.init(error)
        default: self.init(UNET1D_INVALID_ARGUMENT, "\(error)")
        }
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

/// A refusal whose text stands in the program: reporting it allocates nothing.
struct Refusal {
    let status: unet1d_status
    let name: StaticString
    let text: StaticString

    init(_ status: unet1d_status, _ name: StaticString, _ text: StaticString) {
        self.status = status
        self.name = name
        self.text = text
    }

    /// A handle that stands for nothing.
    static func handle(_ kind: HandleKind, _ pointer: OpaquePointer?) -> Refusal {
        Refusal(
            UNET1D_INVALID_HANDLE, kind.name,
            pointer == nil
                ? "found NULL, expected a handle that a call of this library gave"
                : "found a handle that was freed, is of another kind or never was one; keep it until its last use")
    }

    static var busy: Refusal {
        Refusal(
            UNET1D_BUSY, "session",
            "found another call using it, expected one at a time: make a session for each thread")
    }

    /// Keeps the message for this thread and returns the status.
    func report() -> unet1d_status {
        last_error_set_named(name.cString, text.cString)
        return status
    }
}

extension StaticString {
    /// - Precondition: the literal has more than one character.
    var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

/// Runs a call and turns what it throws into a status and this thread's message.
func reporting(_ body: () throws -> Void) -> unet1d_status {
    do {
        try body()
        return UNET1D_OK
    } catch {
        let failure = Failure(error)
        last_error_set(failure.message)
        return failure.status
    }
}
