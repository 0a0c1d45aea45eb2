import CKernels
import KernelArguments

/// The convolution kernel on placed values: all positions of y, or every other one.
struct DirectConvolution {
    let weights: Weights
    let kind: OperationKind
    let sources: [Value]
    let y: Value
    let rows: RowWalk
    let window: Window
    /// The position of the sources that tap 0 reads first.
    let firstPosition: Int
    /// The first position of y, and the positions of y in one that is written.
    var yPosition = 0
    var yStep = 1
    var reason: String?
    /// Whether y lies over the first source.
    var isInPlace = false

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        let tiling = tiling(hints, builder)
        let arguments = arguments(tiling, builder)
        let work = TapWork(
            taps: weights.matrix.taps, stride: window.stride, padding: window.padding,
            inputLength: sources[0].length, outputLength: positions)
        let (packed, bias) = (builder.packed(weights.matrix), builder.packed(.vector(weights.bias)))
        let tiles = RowTiles(arguments, builder.geometry)
        let isPaired = builder.element(of: weights.matrix) == .bf16Pairs
        var step = step(tiling, work)
        if isPaired { step.products = step.products.map { $0 / 2 } }
        step.joinsPrevious = hints.joinsPrevious
        step.grid = grid(tiling, builder.geometry)
        builder.append(
            step,
            KernelCall(
                isPaired ? .convolutionBFloat : .convolution, arguments,
                scratchBytes: isPaired ? arguments.scratchBytesOfPairs : isInPlace ? arguments.scratchBytesInPlace : 0,
                [
                    read(\.source.0.x, 0, tiles), read(\.source.1.x, 1, tiles),
                    .written(
                        \.y, y.location(position: yPosition), bytes: y.bytes / y.length * positions,
                        tiles.written(row: rows.y.yRow, segment: rows.y.ySegment)),
                    .panels(
                        \.weights, packed, readBytes: packed.bytes / weights.matrix.taps * work.taps,
                        columnTiles: arguments.column_tiles),
                    .weight(\.bias, bias),
                ]))
    }

    /// Positions of y that are written.
    private var positions: Int { ceilDivide(y.length - yPosition, yStep) }
    private var isFlat: Bool { rows.isPositionMajor && yStep == 1 }

    private func tiling(_ hints: Hints, _ builder: OperationBuilder) -> Tiling.Convolution {
        let columns = weights.matrix.columns
        return builder.tiling.convolution(
            rows: rows.y.segments * rows.y.rows, columns: columns, depth: weights.matrix.taps * weights.matrix.inputs,
            rowUnit: isFlat ? y.batch : 1,
            columnUnit: isInPlace ? columns : y.columnUnit(normGroups: hints.normGroups), geometry: builder.geometry)
    }

    /// Tiles of whole positions are blocks of the output.
    private func grid(_ tiling: Tiling.Convolution, _ geometry: kernel_geometry) -> TileGrid? {
        guard isFlat && (tiling.rowTiles == 1 || tiling.rows % y.batch == 0) else { return nil }
        return TileGrid(
            batch: y.batch, length: y.length, channels: y.paddedChannels, elementsPerTile: y.batch,
            positionsPerTile: tiling.rowTiles == 1 ? y.length : tiling.rows / y.batch,
            channelsPerTile: min(y.paddedChannels, tiling.panels * geometry.panel_columns))
    }

    private func arguments(_ tiling: Tiling.Convolution, _ builder: OperationBuilder) -> convolution_arguments {
        convolution_arguments(
            first: rows.source(of: sources[0]), second: sources.count == 2 ? rows.source(of: sources[1]) : nil,
            rows: rows.y, columns: weights.matrix.columns, taps: weights.matrix.taps, stride: window.stride,
            padding: window.padding, inputLength: sources[0].length, tileRows: tiling.rows,
            tilePanels: tiling.panels, element: builder.element(of: weights.matrix).kernelElement,
            geometry: builder.geometry)
    }

    private func read(
        _ field: PartialKeyPath<convolution_arguments>, _ index: Int, _ tiles: RowTiles
    ) -> ArgumentField<convolution_arguments>? {
        guard index < sources.count else { return nil }
        return .read(
            field, sources[index].location(position: firstPosition), bytes: sources[index].bytes,
            tiles.reading(rows.source(of: sources[index]), taps: weights.matrix.taps))
    }

    private func step(_ tiling: Tiling.Convolution, _ work: TapWork) -> Step {
        let (matrix, x) = (weights.matrix, sources[0])
        return Step(
            name: weights.name, kind: kind,
            inputShape: [x.batch, x.length, sources.map(\.channels).reduce(0, +)], outputShape: y.shape,
            tileCount: tiling.count,
            multiplyAdds: saturatingProduct(y.batch * positions, matrix.multiplyAddsPerRow),
            products: saturatingProduct(work.positions, y.batch, matrix.multiplyAddsPerRow / matrix.taps),
            reason: reason)
    }
}
