import CKernels
import Checkpoint
import KernelArguments

/// Where the statistics of a norm are, and how they are split.
struct NormPartials {
    var buffer: Int
    var split: NormSplit
}

extension PlanBuilder {
    /// Statistics of x that follow its operation tile by tile, merged where there are many; nil where its tiles don't allow it.
    mutating func followingStatistics(_ x: Value, _ norm: GroupNorm) -> NormPartials? {
        guard let producer = producer(of: x, reading: []), let grid = operations[producer].grid,
            norm.groups == 1 || grid.channelTiles == 1 || grid.channelsPerTile % (x.channels / norm.groups) == 0
        else { return nil }
        let (arguments, partials) = statisticsArguments(x, norm, grid)
        follow(
            producer, name: norm.name, kind: .statistics, work: work(arguments, x, partials), reads: [],
            writes: partials.buffer)
        operations[producer].scratchBytes = max(operations[producer].scratchBytes, arguments.scratch_bytes)
        return merged(partials, x, norm)
    }

    /// Statistics of x by chunks, as an operation of their own.
    mutating func statistics(_ x: Value, _ norm: GroupNorm) -> NormPartials {
        let chunks = tiling.chunks(length: x.length, channels: x.channels)
        let grid = TileGrid(
            batch: x.batch, length: x.length, channels: x.paddedChannels, elementsPerTile: 1,
            positionsPerTile: ceilDivide(x.length, chunks), channelsPerTile: x.paddedChannels)
        let (arguments, partials) = statisticsArguments(x, norm, grid)
        append(
            Step(
                name: norm.name, kind: .statistics, inputShape: x.shape,
                outputShape: [x.batch, grid.positionTiles, norm.groups], tileCount: grid.count, bytesRead: x.bytes,
                bytesWritten: x.batch * partials.split.batchStride * 8, scratchBytes: arguments.scratch_bytes,
                reads: [x.buffer], writes: partials.buffer),
            work(arguments, x, partials))
        return merged(partials, x, norm)
    }

    private mutating func statisticsArguments(
        _ x: Value, _ norm: GroupNorm, _ grid: TileGrid
    ) -> (statistics_arguments, NormPartials) {
        let split = NormSplit(
            length: x.length, channels: x.channels, groups: norm.groups, chunkPositions: grid.positionsPerTile,
            partChannels: grid.channelsPerTile)
        let partials = NormPartials(buffer: newBuffer(doubles: x.batch * split.batchStride), split: split)
        return (statistics_arguments(x.broadcastStrides, split), partials)
    }

    private func work(_ arguments: statistics_arguments, _ x: Value, _ partials: NormPartials) -> Work {
        .statistics(arguments, x: x.location(), partials: Location(buffer: partials.buffer, offset: 0))
    }

    /// Many partials are merged once, rather than by every tile that reads them.
    private mutating func merged(_ partials: NormPartials, _ x: Value, _ norm: GroupNorm) -> NormPartials {
        let split = partials.split
        guard split.batchStride / 2 / norm.groups > Tiling.unmergedPartials else { return partials }
        let merged = split.merged
        let result = NormPartials(buffer: newBuffer(doubles: x.batch * merged.batchStride), split: merged)
        append(
            Step(
                name: norm.name, kind: .merge, inputShape: [x.batch, split.chunks, split.batchStride / 2],
                outputShape: [x.batch, norm.groups], tileCount: x.batch, bytesRead: x.batch * split.batchStride * 8,
                bytesWritten: x.batch * merged.batchStride * 8, reads: [partials.buffer], writes: result.buffer),
            .merge(
                merge_arguments(split), partials: Location(buffer: partials.buffer, offset: 0),
                merged: Location(buffer: result.buffer, offset: 0)))
        return result
    }

    /// Room for numbers in Double.
    private mutating func newBuffer(doubles: Int) -> Int { newBuffer(floats: roundUp(2 * doubles, channelBlock)) }
}
