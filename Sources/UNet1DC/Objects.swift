import CUNet1D
import Synchronization
import UNet1D

// Handles of models, pools and schedulers. Calls hold these only while they count a reference, so that any number may use one
// at once.

/// Held while the slot of one of them is taken: a call that waited by spinning could keep the holder from running.
private let sharedObjects = Mutex(())

extension HandleTable {
    /// A handle for an object, which it keeps alive.
    func insert(_ object: AnyObject, _ kind: HandleKind) throws(Failure) -> OpaquePointer? {
        let reference = Unmanaged.passRetained(object)
        do throws(Failure) { return try insert(reference.toOpaque(), kind) } catch {
            reference.release()
            throw error
        }
    }

    /// The object that a handle stands for.
    func object<Object: AnyObject & Sendable>(
        _ pointer: OpaquePointer?, _ kind: HandleKind, as: Object.Type
    ) throws -> Object {
        try sharedObjects.withLock { _ in
            let taken = try take(pointer, kind)
            defer { giveBack(taken.handle) }
            return Unmanaged<Object>.fromOpaque(taken.object).takeUnretainedValue()
        }
    }

    /// Frees the handle of an object, which lives on in what uses it.
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
