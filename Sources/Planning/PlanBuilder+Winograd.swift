import CKernels
import Checkpoint
import KernelArguments

extension OperationKind {
    /// A convolution of width 5 by one of Winograd's forms.
    public static let winograd = OperationKind("winograd-convolution")
}

extension PlanBuilder {
    /// y[l] = bias + Σ_t w[t] · x[l + t − 2], t < 5, by one of Winograd's forms.
    mutating func winograd(
        _ sources: [Value], _ layer: Conv1d, groups: WinogradGroups, columnUnit: Int, reason: String
    ) throws(PlanningError) -> Value {
        let (x, name, out) = (sources[0], layer.name, layer.outputs)
        let y = try newValue(batch: x.batch, length: x.length, channels: out)
        let form = groups.form
        let request = WinogradRequest(
            tensor: name + ".weight", outputs: out, columns: padded(out), sources: sources.map(\.channels), form: form)
        func tiled(_ groups: WinogradGroups) -> Tiling.Winograd {
            self.tiling.winograd(
                groups: groups.count, batch: x.batch, columns: request.columns,
                floatsPerRow: form.points * request.depth, columnUnit: columnUnit, geometry: geometry)
        }
        var groups = groups
        var tiling = tiled(groups)
        // A tile's first position follows from its number: all groups before it have the form's positions.
        if (tiling.groupTiles - 1) * tiling.groups > groups.head {
            groups = WinogradGroups(form: form, head: ceilDivide(x.length, form.outputs), tail: 0)
            tiling = tiled(groups)
        }
        for source in sources {
            require(
                zeroPositionsBefore: form.margin, behind: groups.positions + form.margin - x.length, around: source)
        }
        let rows = sources.map { SourceRows($0.strides, channels: $0.channels) }
        let arguments = winograd_arguments(
            form: form.kernelForm, first: rows[0], second: rows.count == 2 ? rows[1] : nil, y: y.strides,
            columns: request.columns, batch: x.batch, length: x.length, groups: groups.count, tailGroups: groups.tail,
            tileElements: tiling.elements, tileGroups: tiling.groups, tilePanels: tiling.panels, geometry: geometry)
        let grid = TileGrid(
            batch: y.batch, length: y.length, channels: y.paddedChannels, elementsPerTile: tiling.elements,
            positionsPerTile: form.outputs * tiling.groups,
            channelsPerTile: min(y.paddedChannels, tiling.panels * geometry.panel_columns))
        let (weights, bias) = (packed(.winograd(request)), vector(name + ".bias", count: out))
        let length = x.length
        func read(
            _ field: PartialKeyPath<winograd_arguments>, _ source: Value
        ) -> ArgumentField<winograd_arguments> {
            .read(
                field, source,
                .blocks(grid, source.strides, channels: source.paddedChannels) {
                    max(0, $0.lowerBound - 2)..<min(length, $0.upperBound + 2)
                })
        }
        append(
            Step(
                name: name, kind: .winograd,
                inputShape: [x.batch, x.length, sources.map(\.channels).reduce(0, +)], outputShape: y.shape,
                tileCount: tiling.count,
                multiplyAdds: saturatingProduct(5, y.batch, y.length, out, request.sources.reduce(0, +)),
                products: saturatingProduct(groups.products, y.batch, out, request.sources.reduce(0, +)),
                reason: reason, grid: grid),
            KernelCall(
                .winograd, arguments, scratchBytes: arguments.scratch_bytes, variant: form.points,
                [
                    read(\.x.0, x),
                    sources.count == 2 ? read(\.x.1, sources[1]) : nil,
                    .written(\.y, y, .blocks(grid, y.strides)),
                    .panels(
                        \.weights, weights, readBytes: weights.bytes, columnTiles: arguments.column_tiles),
                    .weight(\.bias, bias),
                ]))
        return y
    }
}
