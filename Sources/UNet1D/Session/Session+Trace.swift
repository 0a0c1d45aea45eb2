package import Planning
import Memory

// What each worker did in a forward.

extension Session {
    /// Memory in which forwards of the selected shape are recorded. Allocates; recording does not.
    ///
    /// - Parameter forwards: how many there is room for.
    /// - Throws: `UNet1DError.memory`.
    package func prepareTrace(forwards: Int) throws(UNet1DError) -> ForwardTrace {
        do throws(MemoryError) {
            return try ForwardTrace(plan, workers: pool.workers, forwards: forwards)
        } catch { throw .memory(error) }
    }
}
