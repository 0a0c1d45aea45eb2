import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// A convolution of width 5 by one of Winograd's forms.
    public static let winograd = OperationKind("winograd-convolution")
    /// A convolution of width 5 by a Fourier transform.
    public static let fourier = OperationKind("fourier-convolution")
}

extension Lowering {
    /// The convolution of a residual block, which keeps the length: of width 5 by one of several forms, else directly.
    mutating func convSame(
        _ sources: [Value], _ layer: Conv1d, place: RoundingSite.Place
    ) throws(PlanningError) -> Value {
        guard layer.taps == 5 else { return try conv1D(sources, layer) }
        let y = try newValue(batch: sources[0].batch, length: sources[0].length, channels: layer.outputs)
        append(
            Convolution5(
                weights: Weights(name: layer.name, matrix: MatrixRequest(layer, sources), bias: VectorRequest(layer)),
                sources: sources, place: place, influence: influence, y: y))
        return y
    }
}

/// y[l] = bias + Σ_t w[t] · x[l + t − 2], t < 5, directly, by one of Winograd's forms or by a Fourier transform.
struct Convolution5: Equation {
    let weights: Weights
    let sources: [Value]
    let place: RoundingSite.Place
    /// What of its block's rounding error is in the output.
    let influence: Double
    let y: Value
    /// The groups of positions of its form; nil: direct.
    var groups: WinogradGroups?
    /// The type of transformed weights.
    var element = WeightElement.f32
    /// Why it has this form.
    var reason = ""

    var name: String { weights.name }
    var reads: [Value] { sources }
    var result: Value? { y }

    /// A convolution of dy with flipped, transposed weights.
    func differentiate(_ dy: Value?, in pass: inout Differentiation) throws(PlanningError) {
        guard let dy else { return }
        let dx = try pass.newValue(like: sources)
        pass.append(
            Convolution5(
                weights: weights.transposed(channels: y.channels, taps: [4, 3, 2, 1, 0]), sources: [dy], place: place,
                influence: influence, y: dx))
        try pass.add(dx, to: sources, name: name)
    }

    func build(_ hints: Hints, in builder: inout OperationBuilder) {
        guard let groups else {
            Product(
                weights: weights, sources: sources, window: Window(padding: 2), kind: .convolution, y: y, reason: reason
            ).build(hints, in: &builder)
            return
        }
        winograd(groups, hints, in: &builder)
    }

    private func winograd(_ groups: WinogradGroups, _ hints: Hints, in builder: inout OperationBuilder) {
        let (sources, y) = (sources.map { builder.placed($0) }, builder.allocated(y))
        let (length, form, geometry) = (y.length, groups.form, builder.geometry)
        let request = WinogradRequest(weight: builder.transformed(weights.matrix), form: form, element: element)
        func tiled(_ groups: WinogradGroups) -> Tiling.Winograd {
            builder.tiling.winograd(
                groups: groups.count, batch: y.batch, columns: request.weight.columns,
                floatsPerRow: form.points * request.depth, columnUnit: y.columnUnit(normGroups: hints.normGroups),
                geometry: geometry)
        }
        var groups = groups
        var tiling = tiled(groups)
        // A tile's first position follows from its number: all groups before it have the form's positions.
        if (tiling.groupTiles - 1) * tiling.groups > groups.head {
            groups = WinogradGroups(form: form, head: ceilDivide(length, form.outputs), tail: 0)
            tiling = tiled(groups)
        }
        for source in sources {
            builder.require(
                zeroPositionsBefore: form.margin, behind: groups.positions + form.margin - length, around: source)
        }
        let arguments = arguments(sources, y, groups, tiling, geometry)
        let grid = TileGrid(
            batch: y.batch, length: length, channels: y.paddedChannels, elementsPerTile: tiling.elements,
            positionsPerTile: form.outputs * tiling.groups,
            channelsPerTile: min(y.paddedChannels, tiling.panels * geometry.panel_columns))
        let packed = builder.packed(.winograd(request))
        let bias = builder.packed(.vector(weights.bias))
        let inputs = request.weight.inputs
        builder.append(
            Step(
                name: name, kind: form == .fourier28 ? .fourier : .winograd, inputShape: [y.batch, length, inputs],
                outputShape: y.shape,
                tileCount: tiling.count,
                multiplyAdds: saturatingProduct(y.batch, length, weights.matrix.multiplyAddsPerRow),
                products: saturatingProduct(groups.products, y.batch, weights.matrix.multiplyAddsPerRow / 5),
                reason: reason, grid: grid),
            KernelCall(
                .winograd, arguments, scratchBytes: arguments.scratch_bytes,
                variant: 2 * form.points + (element == .f16 ? 1 : 0),
                [
                    read(\.x.0, sources[0], on: grid),
                    sources.count == 2 ? read(\.x.1, sources[1], on: grid) : nil,
                    .written(\.y, y, .blocks(grid, y.strides)),
                    .panels(
                        \.weights, packed, readBytes: packed.bytes, columnTiles: arguments.column_tiles),
                    .weight(\.bias, bias),
                ]))
    }

    private func arguments(
        _ sources: [Value], _ y: Value, _ groups: WinogradGroups, _ tiling: Tiling.Winograd,
        _ geometry: kernel_geometry
    ) -> winograd_arguments {
        let rows = sources.map { SourceRows($0.strides, channels: $0.channels) }
        return winograd_arguments(
            form: groups.form.kernelForm, first: rows[0], second: rows.count == 2 ? rows[1] : nil, y: y.strides,
            columns: y.paddedChannels, batch: y.batch, length: y.length, groups: groups.count,
            tailGroups: groups.tail, tileElements: tiling.elements, tileGroups: tiling.groups,
            tilePanels: tiling.panels, element: element.kernelElement, geometry: geometry)
    }

    /// All channels of the positions of a block, and two on either side.
    private func read(
        _ field: PartialKeyPath<winograd_arguments>, _ source: Value, on grid: TileGrid
    ) -> ArgumentField<winograd_arguments> {
        .read(
            field, source,
            .blocks(grid, source.strides, channels: source.paddedChannels) { written in
                max(0, written.lowerBound - 2)..<min(grid.length, written.upperBound + 2)
            })
    }
}

extension Value {
    /// Columns that tiles should have whole multiples of, so that they have whole groups of the norm that reads it.
    func columnUnit(normGroups: Int) -> Int {
        normGroups == 1 ? channelBlock : leastCommonMultiple(channels / normGroups, channelBlock)
    }
}
