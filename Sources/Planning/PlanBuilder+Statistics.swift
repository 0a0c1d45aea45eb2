import CKernels
import Checkpoint

/// Where the statistics of a norm are, and of how many chunks.
struct NormPartials {
    var buffer: Int
    var chunkPositions: Int
    var chunks: Int
    /// Channels of a part where there is one group.
    var partChannels: Int
    /// In doubles.
    var batchStride: Int
}

extension PlanBuilder {
    /// Statistics of x that follow its operation tile by tile, merged where there are many; nil where its tiles don't allow it.
    mutating func followingStatistics(_ x: Value, _ norm: GroupNorm) -> NormPartials? {
        guard let producer = producer(of: x, reading: []), let grid = operations[producer].grid,
            norm.groups == 1 || grid.channelTiles == 1 || grid.channelsPerTile % (x.channels / norm.groups) == 0
        else { return nil }
        let (work, partials) = statisticsWork(x, norm, grid)
        follow(producer, name: norm.name, kind: .statistics, work: work, reads: [], writes: partials.buffer)
        let scratch = 16 * grid.channelsPerTile
        operations[producer].scratchBytes = max(operations[producer].scratchBytes, scratch)
        return merged(partials, x, norm)
    }

    /// Statistics of x by chunks, as an operation of their own.
    mutating func statistics(_ x: Value, _ norm: GroupNorm) -> NormPartials {
        let chunks = tiling.chunks(length: x.length, channels: x.channels)
        let grid = TileGrid(
            batch: x.batch, length: x.length, channels: x.paddedChannels, elementsPerTile: 1,
            positionsPerTile: ceilDivide(x.length, chunks), channelsPerTile: x.paddedChannels)
        let (work, partials) = statisticsWork(x, norm, grid)
        append(
            Step(
                name: norm.name, kind: .statistics, inputShape: x.shape,
                outputShape: [x.batch, grid.positionTiles, norm.groups], tileCount: grid.count, bytesRead: x.bytes,
                bytesWritten: x.batch * partials.batchStride * 8, scratchBytes: 16 * grid.channelsPerTile,
                reads: [x.buffer], writes: partials.buffer),
            work)
        return merged(partials, x, norm)
    }

    private mutating func statisticsWork(_ x: Value, _ norm: GroupNorm, _ grid: TileGrid) -> (Work, NormPartials) {
        var arguments = statistics_arguments()
        arguments.position_stride = x.positionStride
        arguments.batch_stride = x.batchStride
        arguments.length = x.length
        arguments.channels = x.channels
        arguments.groups = norm.groups
        arguments.chunk_positions = grid.positionsPerTile
        arguments.chunks = grid.positionTiles
        arguments.tile_channels = grid.channelsPerTile
        arguments.channel_tiles = grid.channelTiles
        arguments.scratch_bytes = 16 * grid.channelsPerTile
        let parts = norm.groups == 1 ? grid.channelTiles : norm.groups
        let stride = grid.positionTiles * parts * 2
        let partials = NormPartials(
            buffer: newBuffer(doubles: x.batch * stride), chunkPositions: grid.positionsPerTile,
            chunks: grid.positionTiles, partChannels: grid.channelsPerTile, batchStride: stride)
        return (
            .statistics(arguments, x: x.location(), partials: Location(buffer: partials.buffer, offset: 0)), partials
        )
    }

    /// Many partials are merged once, rather than by every tile that reads them.
    private mutating func merged(_ partials: NormPartials, _ x: Value, _ norm: GroupNorm) -> NormPartials {
        guard partials.batchStride / 2 / norm.groups > Tiling.unmergedPartials else { return partials }
        var arguments = merge_arguments()
        arguments.length = x.length
        arguments.channels = x.channels
        arguments.groups = norm.groups
        arguments.chunk_positions = partials.chunkPositions
        arguments.chunks = partials.chunks
        arguments.part_channels = partials.partChannels
        let result = NormPartials(
            buffer: newBuffer(doubles: x.batch * norm.groups * 2), chunkPositions: x.length, chunks: 1,
            partChannels: x.paddedChannels, batchStride: norm.groups * 2)
        append(
            Step(
                name: norm.name, kind: .merge, inputShape: [x.batch, partials.chunks, partials.batchStride / 2],
                outputShape: [x.batch, norm.groups], tileCount: x.batch, bytesRead: x.batch * partials.batchStride * 8,
                bytesWritten: x.batch * norm.groups * 16, reads: [partials.buffer], writes: result.buffer),
            .merge(
                arguments, partials: Location(buffer: partials.buffer, offset: 0),
                merged: Location(buffer: result.buffer, offset: 0)))
        return result
    }

    /// Room for numbers in Double.
    private mutating func newBuffer(doubles: Int) -> Int { newBuffer(floats: roundUp(2 * doubles, channelBlock)) }
}
