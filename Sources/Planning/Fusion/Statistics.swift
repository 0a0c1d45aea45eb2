import CKernels
import Checkpoint
import KernelArguments

/// Where the statistics of a norm are, and how they are split.
struct NormPartials {
    var buffer: Int
    var split: NormSplit

    var location: Location { Location(buffer: buffer, offset: 0) }
    /// Bytes of `batch` elements.
    func bytes(batch: Int) -> Int { batch * split.batchStride * 8 }
}

extension OperationKind {
    /// Mean and deviation of a norm, by chunks.
    public static let statistics = OperationKind("statistics")
    /// Mean and deviation of a norm from those of its chunks.
    public static let merge = OperationKind("merge")
}

extension OperationBuilder {
    /// Statistics of x that follow its operation tile by tile, merged where there are many; nil where its tiles don't
    /// allow it.
    mutating func followingStatistics(_ x: Value, _ norm: GroupNorm) -> NormPartials? {
        guard let producer = producer(of: x, reading: []), let grid = operations[producer].grid,
            grid.hasWholeParts(norm, channels: x.channels)
        else { return nil }
        let (call, partials) = statistics(x, norm, on: grid)
        follow(producer, Follower(name: norm.name, kind: .statistics, call: call))
        return merged(partials, x, norm)
    }

    /// Statistics of x by chunks, as an operation of their own.
    mutating func statistics(_ x: Value, _ norm: GroupNorm) -> NormPartials {
        let chunks = tiling.chunks(length: x.length, channels: x.channels)
        let grid = TileGrid(
            batch: x.batch, length: x.length, channels: x.paddedChannels, elementsPerTile: 1,
            positionsPerTile: ceilDivide(x.length, chunks), channelsPerTile: x.paddedChannels)
        let (call, partials) = statistics(x, norm, on: grid)
        append(
            Step(
                name: norm.name, kind: .statistics, inputShape: x.shape,
                outputShape: [x.batch, grid.positionTiles, norm.groups], tileCount: grid.count),
            call)
        return merged(partials, x, norm)
    }

    /// The kernel on the tiles of a grid.
    private mutating func statistics(
        _ x: Value, _ norm: GroupNorm, on grid: TileGrid
    ) -> (KernelCall, NormPartials) {
        let split = NormSplit(
            length: x.length, channels: x.channels, groups: norm.groups, chunkPositions: grid.positionsPerTile,
            partChannels: grid.channelsPerTile)
        let partials = NormPartials(buffer: newBuffer(doubles: x.batch * split.batchStride), split: split)
        let arguments = statistics_arguments(x.broadcastStrides, split)
        var read = grid
        read.channels = x.channels
        let call = KernelCall(
            .statistics, arguments, scratchBytes: arguments.scratch_bytes,
            [
                .read(\.x, x, .blocks(read, x.broadcastStrides)),
                .written(
                    \.partials, partials.location, bytes: partials.bytes(batch: x.batch),
                    .share(floats: 2 * x.batch * split.batchStride, of: grid.count)),
            ])
        return (call, partials)
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
                outputShape: [x.batch, norm.groups], tileCount: x.batch),
            KernelCall(
                .merge, merge_arguments(split),
                [
                    .read(
                        \.partials, partials.location, bytes: partials.bytes(batch: x.batch),
                        .share(floats: 2 * split.batchStride, of: 1)),
                    .written(
                        \.merged, result.location, bytes: result.bytes(batch: x.batch),
                        .share(floats: 2 * merged.batchStride, of: 1)),
                ]))
        return result
    }

    /// Room for the moments that the tiles of a norm take themselves.
    mutating func newMoments(of y: Value, groups: Int) -> NormPartials {
        let split = NormSplit(
            length: y.length, channels: y.channels, groups: groups, chunkPositions: y.length,
            partChannels: y.paddedChannels)
        return NormPartials(buffer: newBuffer(doubles: y.batch * split.batchStride), split: split)
    }

    /// Room for numbers in Double.
    mutating func newBuffer(doubles: Int) -> Int { newBuffer(floats: roundUp(2 * doubles, channelBlock)) }
}
