import CUNet1D
import Synchronization
import UNet1D

// Handles of models and pools. Calls hold these only while they count a reference, so that any number may use one at once.

/// Held while a model's or a pool's slot is taken: a call that waited by spinning could keep the holder from running.
private let sharedObjects = Mutex(())

extension HandleTable {
    /// A handle for a model or a pool, which it keeps alive.
    func insert(_ object: AnyObject, _ kind: HandleKind) throws(Failure) -> OpaquePointer {
        let reference = Unmanaged.passRetained(object)
        guard let handle = insert(reference.toOpaque(), kind) else {
            reference.release()
            throw .tooManyHandles
        }
        return handle
    }

    /// The model or pool that a handle stands for.
    func object<Object: AnyObject & Sendable>(
        _ pointer: OpaquePointer?, _ kind: HandleKind, as: Object.Type
    ) throws(Failure) -> Object {
        guard let pointer else { throw Failure(.handle(kind, nil)) }
        let object: Object? = sharedObjects.withLock { _ in
            guard case .object(let address, let handle) = take(pointer, kind) else { return nil }
            defer { giveBack(handle) }
            return Unmanaged<Object>.fromOpaque(address).takeUnretainedValue()
        }
        guard let object else { throw Failure(.handle(kind, pointer)) }
        return object
    }

    /// Frees the handle of a model or a pool; the object lives on in what uses it.
    func release<Object: AnyObject & Sendable>(
        _ pointer: OpaquePointer?, _ kind: HandleKind, as: Object.Type
    ) throws(Failure) {
        guard let pointer else { return }
        let object: Object? = sharedObjects.withLock { _ in
            guard case .object(let address, let handle) = take(pointer, kind) else { return nil }
            remove(handle)
            return Unmanaged<Object>.fromOpaque(address).takeRetainedValue()
        }
        if object == nil { throw Failure(.handle(kind, pointer)) }
    }
}

extension Failure {
    static let tooManyHandles = Failure(
        UNET1D_MEMORY,
        "handles: found \(HandleTable.capacity) in use, expected fewer: that is the most there can be; free some")
}
