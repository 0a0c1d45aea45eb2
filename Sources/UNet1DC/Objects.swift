import CUNet1D
import Synchronization
import UNet1D

// Handles of models and pools. Calls hold these only while they count a reference, so that any number may use one at once.

/// Held while a model's or a pool's slot is taken: a call that waited by spinning could keep the holder from running.
private let sharedObjects = Mutex(())

extension HandleTable {
    /// A handle for a model or a pool, which it keeps alive.
    func insert(_ object: AnyObject, _ kind: HandleKind) throws(Failure) -> OpaquePointer? {
        let reference = Unmanaged.passRetained(object)
        do throws(Failure) { return try insert(reference.toOpaque(), kind) } catch {
            reference.release()
            throw error
        }
    }

    /// The model or pool that a handle stands for.
    func object<Object: AnyObject & Sendable>(
        _ pointer: OpaquePointer?, _ kind: HandleKind, as: Object.Type
    ) throws -> Object {
        try sharedObjects.withLock { _ in
            let taken = try take(pointer, kind)
            defer { giveBack(taken.handle) }
            return Unmanaged<Object>.fromOpaque(taken.object).takeUnretainedValue()
        }
    }

    /// Frees the handle of a model or a pool; the object lives on in what uses it.
    func release<Object: AnyObject & Sendable>(_ pointer: OpaquePointer?, _ kind: HandleKind, as: Object.Type) throws {
        if pointer == nil { return }
        // Dropped without the lock.
        _ = try sharedObjects.withLock { _ in
            let taken = try take(pointer, kind)
            remove(taken.handle)
            return Unmanaged<Object>.fromOpaque(taken.object).takeRetainedValue()
        }
    }
}
