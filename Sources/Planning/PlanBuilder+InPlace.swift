import Checkpoint
import KernelArguments

extension PlanBuilder {
    /// Whether a product with `channels` outputs may be written over `x` once everything else that reads x has run: its rows are
    /// as wide, no up block takes it later, and there are so many rows that tiles of whole rows, which in place must be, share
    /// them evenly.
    func isReplaceable(_ x: Value, channels: Int) -> Bool {
        x.firstChannel == 0 && x.rowStride == x.paddedChannels && x.paddedChannels == padded(channels)
            && !skips.contains { $0.buffer == x.buffer }
            && x.batch * x.length / tiling.sizes.rowBlock >= 4 * tiling.sizes.wantedTiles
    }

    /// Whether what joins the stage of the latest operation may write over `x`: nothing of that stage touches it.
    func isDone(_ x: Value) -> Bool { buffers[x.buffer].last < currentStage }

    /// The value that is written over `x`, or a new one where all intermediates are kept.
    mutating func replacement(of x: Value, channels: Int) throws(PlanningError) -> Value {
        if keepsIntermediates { return try newValue(batch: x.batch, length: x.length, channels: channels) }
        var value = x
        value.channels = channels
        return value
    }
}
