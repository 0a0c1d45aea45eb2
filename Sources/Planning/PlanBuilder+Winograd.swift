import CKernels

extension PlanBuilder {
    /// y[l] = bias + Σ_t w[t] · x[l + t − 2], t < 5, by one of Winograd's forms.
    mutating func winograd(
        _ sources: [Value], _ name: String, out: Int, form: WinogradForm, columnUnit: Int, reason: String
    ) throws(PlanningError) -> Value {
        let x = sources[0]
        let y = try newValue(batch: x.batch, length: x.length, channels: out)
        // The last group reads two positions behind it.
        let groups = form.groups(length: x.length)
        for source in sources {
            require(zeroPositionsBefore: 2, behind: form.outputs * groups + 2 - x.length, around: source)
        }
        let request = WinogradRequest(
            tensor: name + ".weight", outputs: out, columns: padded(out), sources: sources.map(\.channels), form: form)
        let tiling = tiling.winograd(
            groups: groups, batch: x.batch, columns: request.columns, floatsPerRow: form.points * request.depth,
            columnUnit: columnUnit, geometry: geometry)
        let scratch = 4 * form.points * tiling.rows * (request.depth + channelBlock + Int(geometry.panel_columns))
        var arguments = winograd_arguments()
        arguments.padded_channels.0 = Int64(x.paddedChannels)
        arguments.position_stride.0 = Int64(x.positionStride)
        arguments.row_stride.0 = Int64(x.rowStride)
        if sources.count == 2 {
            arguments.padded_channels.1 = Int64(sources[1].paddedChannels)
            arguments.position_stride.1 = Int64(sources[1].positionStride)
            arguments.row_stride.1 = Int64(sources[1].rowStride)
        }
        arguments.y_position_stride = Int64(y.positionStride)
        arguments.y_row_stride = Int64(y.rowStride)
        arguments.columns = Int64(request.columns)
        arguments.batch = Int64(x.batch)
        arguments.length = Int64(x.length)
        arguments.group_positions = Int64(form.outputs)
        arguments.tile_elements = Int64(tiling.elements)
        arguments.tile_groups = Int64(tiling.groups)
        arguments.group_tiles = Int64(tiling.groupTiles)
        arguments.tile_panels = Int64(tiling.panels)
        arguments.column_tiles = Int64(tiling.columnTiles)
        arguments.scratch_bytes = Int64(scratch)
        let weights = WeightRequest.winograd(request)
        append(
            Step(
                name: name, kind: .winograd,
                inputShape: [x.batch, x.length, sources.map(\.channels).reduce(0, +)], outputShape: y.shape,
                tileCount: tiling.count,
                multiplyAdds: saturatingProduct(5, y.batch, y.length, out, request.sources.reduce(0, +)),
                products: saturatingProduct(form.points, groups, y.batch, out, request.sources.reduce(0, +)),
                bytesRead: sources.map(\.bytes).reduce(0, +) + weights.bytes, weightBytes: weights.bytes,
                bytesWritten: y.bytes, scratchBytes: scratch, reason: reason, reads: sources.map(\.buffer),
                writes: y.buffer,
                grid: TileGrid(
                    batch: y.batch, length: y.length, channels: y.paddedChannels, elementsPerTile: tiling.elements,
                    positionsPerTile: form.outputs * tiling.groups,
                    channelsPerTile: min(y.paddedChannels, tiling.panels * Int(geometry.panel_columns)))),
            .winograd(
                arguments, first: x.location(), second: sources.count == 2 ? sources[1].location() : nil,
                weights: index(of: weights), bias: vector(name + ".bias", count: out), y: y.location()))
        return y
    }
}
