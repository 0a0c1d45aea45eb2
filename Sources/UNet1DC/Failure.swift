import CUNet1D
import UNet1DSampling

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

    init(_ error: SamplingError) {
        switch error {
        case .model(let error): self.init(error)
        case .scheduler, .output: self.init(UNET1D_SCHEDULER, "\(error)")
        case .noise, .values: self.init(UNET1D_INVALID_ARGUMENT, "\(error)")
        }
    }
}

/// A failure whose message is "NAME: TEXT" of two literals: throwing and reporting it allocates nothing.
struct Refusal: Error {
    let status: unet1d_status
    let name: StaticString
    let text: StaticString

    init(_ status: unet1d_status, _ name: StaticString, _ text: StaticString) {
        self.status = status
        self.name = name
        self.text = text
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
    let failure: Failure
    do {
        try body()
        return UNET1D_OK
    } catch let refusal as Refusal {
        return refusal.report()
    } catch let error as UNet1DError {
        failure = Failure(error)
    } catch let error as SamplingError {
        failure = Failure(error)
    } catch {
        failure = error as? Failure ?? Failure(UNET1D_INVALID_ARGUMENT, "\(error)")
    }
    last_error_set(failure.message)
    return failure.status
}
