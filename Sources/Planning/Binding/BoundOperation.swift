import CKernels

/// An operation, ready to run.
struct BoundOperation {
    let kernel: kernel_function
    let arguments: UnsafeRawPointer
    /// Tiles of the stage up to and with this operation's.
    let endTile: Int
    let firstTile: Int
    var follower: BoundFollower?
    /// What its first tile zeroes around the output, and around what the epilogue writes.
    var surroundings = Surroundings()
    var followerSurroundings = Surroundings()
}

/// Zero rows that readers of a value expect around it.
struct Surroundings {
    var before: UnsafeMutablePointer<Float>?
    var beforeCount = 0
    var behind: UnsafeMutablePointer<Float>?
    var behindCount = 0

    func zero() {
        before?.update(repeating: 0, count: beforeCount)
        behind?.update(repeating: 0, count: behindCount)
    }
}

/// An epilogue, ready to run after each tile of its operation.
struct BoundFollower {
    let kernel: kernel_function
    let arguments: UnsafeRawPointer
    private let batch: Int
    private let elementsPerTile: Int
    private let positionTiles: Int
    private let channelTiles: Int

    init(kernel: @escaping kernel_function, arguments: UnsafeRawPointer, grid: TileGrid) {
        self.kernel = kernel
        self.arguments = arguments
        batch = grid.batch
        elementsPerTile = grid.elementsPerTile
        positionTiles = grid.positionTiles
        channelTiles = grid.channelTiles
    }

    /// Runs on every batch element of tile `tile` of the grid, with the arguments that lie `argumentOffset` bytes after
    /// its own.
    func run(tile: Int, argumentOffset: Int, scratch: UnsafeMutableRawPointer) {
        let elementTile = tile / (positionTiles * channelTiles)
        let inElement = tile - elementTile * positionTiles * channelTiles
        var element = elementTile * elementsPerTile
        let end = min(element + elementsPerTile, batch)
        while element < end {
            kernel(arguments + argumentOffset, element * positionTiles * channelTiles + inElement, scratch)
            element += 1
        }
    }
}

/// A stage, ready to run.
struct BoundStage {
    let operations: UnsafeMutablePointer<BoundOperation>
    let tiles: Int
    let isSerial: Bool

    /// The operation that a tile belongs to.
    func operation(ofTile tile: Int) -> UnsafeMutablePointer<BoundOperation> {
        var operation = operations
        while tile >= operation.pointee.endTile { operation += 1 }
        return operation
    }
}

/// What a worker needs to run a tile of any stage.
package struct ForwardContext {
    /// The stage of the plan that is number 0 here.
    let firstStage: Int
    let stages: UnsafeMutablePointer<BoundStage>
    let scratch: UnsafeMutableRawPointer
    let scratchStride: Int
    /// For each worker the bytes from an operation's arguments to its own copy of them.
    let argumentOffsets: UnsafeMutablePointer<Int>
}

/// Runs what a worker claims: one tile of a stage, or all tiles of a serial one. Allocates nothing, takes no lock,
/// throws nothing.
///
/// - Parameters:
///   - context: a `ForwardContext`.
///   - worker: decides the scratch slab and the copy of the weights, and nothing else.
package func runTile(_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) {
    let stages = context.unsafelyUnwrapped.assumingMemoryBound(to: ForwardContext.self).pointee.stages
    if !stages[stage].isSerial {
        runOneTile(context, stage, tile, worker)
        return
    }
    for tile in 0..<stages[stage].tiles { runOneTile(context, stage, tile, worker) }
}

/// Runs one tile of one stage.
package func runOneTile(_ context: UnsafeRawPointer?, _ stage: Int, _ tile: Int, _ worker: Int) {
    let forward = context.unsafelyUnwrapped.assumingMemoryBound(to: ForwardContext.self)
    let operation = forward.pointee.stages[stage].operation(ofTile: tile)
    let local = tile - operation.pointee.firstTile
    if local == 0 {
        operation.pointee.surroundings.zero()
        operation.pointee.followerSurroundings.zero()
    }
    let scratch = forward.pointee.scratch + worker * forward.pointee.scratchStride
    let argumentOffset = forward.pointee.argumentOffsets[worker]
    operation.pointee.kernel(operation.pointee.arguments + argumentOffset, local, scratch)
    operation.pointee.follower?.run(tile: local, argumentOffset: argumentOffset, scratch: scratch)
}
