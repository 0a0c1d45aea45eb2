import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// A convolution as a matrix product, directly.
    public static let convolution = OperationKind("convolution")
    /// Half of a transposed convolution: the even or the odd positions.
    public static let transposedConvolution = OperationKind("transposed-convolution")
    /// A linear layer.
    public static let linear = OperationKind("linear")
}

extension PlanBuilder {
    /// y[l] = bias + Σ_t w[t] · x[l·stride + t − padding], over one source, or two side by side (x, then its skip).
    mutating func conv1D(
        _ sources: [Value], _ layer: Conv1d, columnUnit: Int = channelBlock, reason: String? = nil,
        joinsPrevious: Bool = false, replaces: Bool = false
    ) throws(PlanningError) -> Value {
        let matrix = MatrixRequest(
            parts: [WeightPart(tensor: layer.name + ".weight", outputs: layer.outputs)],
            columns: padded(layer.outputs), sources: sources.map(\.channels), taps: layer.taps)
        let bias = VectorRequest(
            parts: layer.hasBias ? [WeightPart(tensor: layer.name + ".bias", outputs: layer.outputs)] : [],
            count: padded(layer.outputs))
        return try product(
            sources, name: layer.name, matrix: matrix, bias: bias, channels: layer.outputs, stride: layer.stride,
            padding: layer.padding, columnUnit: columnUnit, kind: .convolution, reason: reason,
            joinsPrevious: joinsPrevious, replaces: replaces)
    }

    /// The convolution of width 5 and padding 2 of every residual block, by one of Winograd's forms where that is faster and
    /// the budget of rounding allows it. Its tiles have whole groups of the norm that follows.
    mutating func conv5(
        _ sources: [Value], _ layer: Conv1d, normGroups: Int = 1, place: RoundingSite.Place
    ) throws(PlanningError) -> Value {
        let (x, out) = (sources[0], layer.outputs)
        let columnUnit = normGroups == 1 ? channelBlock : leastCommonMultiple(out / normGroups, channelBlock)
        let choice = ConvolutionChoice(
            length: x.length, batch: x.batch, depth: sources.map(\.paddedChannels).reduce(0, +), columns: padded(out),
            modelWeightBytes: modelWeightBytes, geometry: geometry, isa: isa, machine: machine)
        let form = accuracy == .strict ? choice.direct : choice.forms[forms.isEmpty ? 0 : forms[sites.count]]
        sites.append(RoundingSite(place: place, influence: influence, forms: choice.forms, direct: choice.direct))
        taken.append(form)
        var reason = choice.reason
        if form.seconds > choice.forms[0].seconds {
            reason += "; \(form.name) for \(choice.forms[0].name), by the budget of rounding"
        }
        if let groups = form.groups {
            return try winograd(sources, layer, groups: groups, columnUnit: columnUnit, reason: reason)
        }
        return try conv1D(
            sources, layer, columnUnit: columnUnit,
            reason: accuracy == .strict ? "direct, as accuracy is strict" : reason)
    }

    /// y = w·x + bias on every row.
    mutating func linear(
        _ x: Value, _ layer: Linear, inputHeads: HeadPadding? = nil
    ) throws(PlanningError) -> Value {
        try product(
            [x], name: layer.name,
            matrix: MatrixRequest(
                parts: [WeightPart(tensor: layer.name + ".weight", outputs: layer.outputs)],
                columns: padded(layer.outputs), sources: [x.channels], taps: 1, inputHeads: inputHeads),
            bias: VectorRequest(
                parts: [WeightPart(tensor: layer.name + ".bias", outputs: layer.outputs)],
                count: padded(layer.outputs)),
            channels: layer.outputs, kind: .linear)
    }

    /// The convolution kernel on whole sequences; over its first source where it `replaces` that.
    mutating func product(
        _ sources: [Value], name: String, matrix: MatrixRequest, bias: VectorRequest, channels: Int, stride: Int = 1,
        padding: Int = 0, columnUnit: Int = channelBlock, kind: OperationKind, reason: String? = nil,
        joinsPrevious: Bool = false, replaces: Bool = false
    ) throws(PlanningError) -> Value {
        let x = sources[0]
        let length = (x.length + 2 * padding - matrix.taps) / stride + 1
        let y =
            replaces
            ? try replacement(of: x, channels: channels)
            : try newValue(batch: x.batch, length: length, channels: channels)
        let behind = max(0, (length - 1) * stride + matrix.taps - 1 - padding - (x.length - 1))
        for source in sources { require(zeroPositionsBefore: padding, behind: behind, around: source) }
        let rows = stride == 1 ? RowWalk.flat(sources, y) : RowWalk.strided(x, y, xStep: stride, yStep: 1)
        append(
            name: name, kind: kind, sources: sources, y: y, matrix: matrix, bias: bias, rows: rows, padding: padding,
            stride: stride, firstPosition: -padding, yPosition: 0, columnUnit: columnUnit, reason: reason,
            joinsPrevious: joinsPrevious, replaces: replaces)
        return y
    }

    /// The transposed convolution of width 4, stride 2, padding 1: even and odd positions are convolutions of width 2.
    /// y[2m] = w₁·x[m] + w₃·x[m − 1], y[2m + 1] = w₀·x[m + 1] + w₂·x[m].
    mutating func convTranspose1D(_ x: Value, _ layer: ConvTranspose1d) throws(PlanningError) -> Value {
        let y = try newValue(batch: x.batch, length: 2 * x.length, channels: layer.channels)
        require(zeroPositionsBefore: 1, behind: 1, around: x)
        let bias = VectorRequest(
            parts: [WeightPart(tensor: layer.name + ".bias", outputs: layer.channels)],
            count: padded(layer.channels))
        for odd in 0...1 {
            let matrix = MatrixRequest(
                parts: [WeightPart(tensor: layer.name + ".weight", outputs: layer.channels)],
                columns: padded(layer.channels), sources: [x.channels], taps: 2,
                layout: .transposed(firstTap: 3 - odd))
            append(
                name: layer.name + (odd == 0 ? ".even" : ".odd"), kind: .transposedConvolution, sources: [x], y: y,
                matrix: matrix, bias: bias, rows: .strided(x, y, xStep: 1, yStep: 2), padding: 1 - odd, stride: 1,
                firstPosition: odd - 1, yPosition: odd, joinsPrevious: odd == 1)
        }
        return y
    }

    private mutating func append(
        name: String, kind: OperationKind, sources: [Value], y: Value, matrix: MatrixRequest, bias: VectorRequest,
        rows: RowWalk, padding: Int, stride: Int, firstPosition: Int, yPosition: Int, columnUnit: Int = channelBlock,
        reason: String? = nil, joinsPrevious: Bool, replaces: Bool = false
    ) {
        let depth = matrix.taps * matrix.inputs
        let count = rows.y.segments * rows.y.rows
        let isFlat = rows.isPositionMajor && kind != .transposedConvolution
        let tiling = tiling.convolution(
            rows: count, columns: matrix.columns, depth: depth, rowUnit: isFlat ? y.batch : 1,
            columnUnit: replaces ? matrix.columns : columnUnit, geometry: geometry)
        // Tiles of whole positions are blocks of the output.
        let grid =
            isFlat && (tiling.rowTiles == 1 || tiling.rows % y.batch == 0)
            ? TileGrid(
                batch: y.batch, length: y.length, channels: y.paddedChannels, elementsPerTile: y.batch,
                positionsPerTile: tiling.rowTiles == 1 ? y.length : tiling.rows / y.batch,
                channelsPerTile: min(y.paddedChannels, tiling.panels * geometry.panel_columns)) : nil
        let arguments = convolution_arguments(
            first: rows.source(of: sources[0]), second: sources.count == 2 ? rows.source(of: sources[1]) : nil,
            rows: rows.y, columns: matrix.columns, taps: matrix.taps, stride: stride, padding: padding,
            inputLength: sources[0].length, tileRows: tiling.rows, tilePanels: tiling.panels, geometry: geometry)
        let (weights, bias) = (packed(.matrix(matrix)), packed(.vector(bias)))
        let work = TapWork(
            taps: matrix.taps, stride: stride, padding: padding, inputLength: sources[0].length,
            outputLength: y.length / (kind == .transposedConvolution ? 2 : 1))
        let weightBytes = weights.bytes / matrix.taps * work.taps
        let outputRows = y.batch * y.length / (kind == .transposedConvolution ? 2 : 1)
        let tiles = RowTiles(arguments, geometry)
        func read(
            _ field: PartialKeyPath<convolution_arguments>, _ source: Value
        ) -> ArgumentField<convolution_arguments> {
            .read(
                field, source.location(position: firstPosition), bytes: source.bytes,
                tiles.reading(rows.source(of: source), taps: matrix.taps))
        }
        append(
            Step(
                name: name, kind: kind,
                inputShape: [sources[0].batch, sources[0].length, sources.map(\.channels).reduce(0, +)],
                outputShape: y.shape, tileCount: tiling.count,
                multiplyAdds: saturatingProduct(outputRows, matrix.multiplyAddsPerRow),
                products: saturatingProduct(work.positions, y.batch, matrix.multiplyAddsPerRow / matrix.taps),
                reason: reason, joinsPrevious: joinsPrevious, grid: grid),
            KernelCall(
                .convolution, arguments, scratchBytes: replaces ? arguments.scratchBytesInPlace : 0,
                [
                    read(\.source.0.x, sources[0]),
                    sources.count == 2 ? read(\.source.1.x, sources[1]) : nil,
                    .written(
                        \.y, y.location(position: yPosition),
                        bytes: y.bytes / (kind == .transposedConvolution ? 2 : 1),
                        tiles.written(row: rows.y.yRow, segment: rows.y.ySegment)),
                    .panels(
                        \.weights, weights, readBytes: weightBytes, columnTiles: arguments.column_tiles),
                    .weight(\.bias, bias),
                ]))
    }
}

/// How the rows of a convolution's output, and those that they read, follow one another.
struct RowWalk {
    var y: ConvolutionRows
    /// In positions of the source, and whole rows (batch elements) of it.
    var xRowPositions: Int
    var xRowElements: Int
    var xSegmentPositions: Int
    var xSegmentElements: Int

    /// Whether rows are in the order of y's, position by position.
    var isPositionMajor: Bool { y.segments == 1 || y.segmentPositions == 1 }

    /// Every row follows the last one: stride 1. Positions are segments where they are set off.
    static func flat(_ sources: [Value], _ y: Value) -> RowWalk {
        guard y.isFlat && sources.allSatisfy(\.isFlat) else {
            return RowWalk(
                y: ConvolutionRows(
                    segments: y.length, rows: y.batch, segmentPositions: 1, rowsPerPosition: y.batch,
                    yRow: y.rowStride, ySegment: y.positionStride),
                xRowPositions: 0, xRowElements: 1, xSegmentPositions: 1,
                xSegmentElements: 0)
        }
        return RowWalk(
            y: ConvolutionRows(
                segments: 1, rows: y.length * y.batch, segmentPositions: 0, rowsPerPosition: y.batch,
                yRow: y.rowStride, ySegment: 0),
            xRowPositions: 0, xRowElements: 1, xSegmentPositions: 0, xSegmentElements: 0)
    }

    /// Steps of several positions in x or y: segments over whichever of batch and length is shorter.
    static func strided(_ x: Value, _ y: Value, xStep: Int, yStep: Int) -> RowWalk {
        let length = y.length / yStep
        if y.batch <= length {
            return RowWalk(
                y: ConvolutionRows(
                    segments: y.batch, rows: length, segmentPositions: 0, rowsPerPosition: 1,
                    yRow: yStep * y.positionStride, ySegment: y.rowStride),
                xRowPositions: xStep, xRowElements: 0,
                xSegmentPositions: 0, xSegmentElements: 1)
        }
        return RowWalk(
            y: ConvolutionRows(
                segments: length, rows: y.batch, segmentPositions: 1, rowsPerPosition: y.batch, yRow: y.rowStride,
                ySegment: yStep * y.positionStride),
            xRowPositions: 0, xRowElements: 1, xSegmentPositions: xStep,
            xSegmentElements: 0)
    }

    func source(of x: Value) -> convolution_source {
        convolution_source(
            x: nil, channels: x.channels,
            row_stride: xRowPositions * x.positionStride + xRowElements * x.rowStride,
            segment_stride: xSegmentPositions * x.positionStride + xSegmentElements * x.rowStride,
            tap_stride: x.positionStride)
    }
}
