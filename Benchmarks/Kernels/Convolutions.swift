import CKernels
import KernelArguments

/// The convolution of width 5 of a residual block, `channels` to `channels`, batch 1, over 1 MiB of activations.
struct Convolution {
    static let activationFloats = 262_144
    static let taps = 5

    let channels: Int

    private var length: Int { Self.activationFloats / channels }
    private var operations: Work { .operations(2 * Self.taps * channels * channels * length) }

    /// The floats of packed panels; the last may be half as wide.
    private func packedColumns(_ panelColumns: Int) -> Int {
        let rest = channels % panelColumns
        if rest == 0 { return channels }
        return channels - rest + (rest <= panelColumns / 2 ? panelColumns / 2 : panelColumns)
    }

    /// The direct form, 96 rows a tile, all panels.
    func direct(_ table: kernel_table) -> KernelCase {
        let buffers = Buffers(table)
        let (width, panelColumns) = (channels, table.geometry.panel_columns)
        let panels = ceilDivide(channels, panelColumns)

        var pack = pack_convolution_arguments()
        pack.w = UnsafePointer(buffers.uniform(channels * channels * Self.taps))
        (pack.output_stride, pack.input_stride, pack.tap_stride) = (width * Self.taps, Self.taps, 1)
        (pack.outputs, pack.channels, pack.columns) = (width, (width, 0), width)
        pack.taps = Self.taps
        pack.packed = buffers.floats(packedColumns(panelColumns) * channels * Self.taps)
        for panel in 0..<panels { table.pack_convolution(&pack, panel, nil) }

        let padding = Self.taps / 2
        var a = convolution_arguments()
        a.source.0.x = UnsafePointer(buffers.rows(length, width: channels, margin: padding) - padding * channels)
        (a.source.0.channels, a.source.0.row_stride, a.source.0.tap_stride) = (width, width, width)
        a.weights = UnsafePointer(pack.packed)
        a.bias = UnsafePointer(buffers.uniform(channels))
        (a.y, a.y_row_stride, a.columns) = (buffers.floats(length * channels), width, width)
        (a.segments, a.rows, a.rows_per_position) = (1, length, 1)
        (a.taps, a.stride, a.padding, a.input_length) = (Self.taps, 1, padding, length)
        (a.tile_rows, a.tile_panels, a.column_tiles) = (96, panels, 1)
        return KernelCase(table.convolution, a, tiles: ceilDivide(length, 96), work: operations, in: buffers)
    }

    /// A form of Winograd's: as many groups a tile as leave their transforms in the second level of the cache, all panels.
    func winograd(_ table: kernel_table, _ form: kernel_winograd_form) -> KernelCase {
        let buffers = Buffers(table)
        let (width, panelColumns) = (channels, table.geometry.panel_columns)
        let panels = ceilDivide(channels, panelColumns)
        let groups = ceilDivide(length, form.outputs)

        var pack = pack_winograd_arguments()
        pack.w = UnsafePointer(buffers.uniform(channels * channels * Self.taps))
        (pack.outputs, pack.channels, pack.padded_channels, pack.columns) = (width, (width, 0), (width, 0), width)
        pack.form = form
        pack.packed = buffers.floats(packedColumns(panelColumns) * channels * form.points)
        for panel in 0..<panels { table.pack_winograd(&pack, panel, nil) }

        // As MachineProfile.builtIn.tiles and Tiling.winograd have it.
        let blockRows = table.geometry.block_rows
        let transformedFloats = 98_304
        let fitting = min(48, transformedFloats / (form.points * channels))
        let tileRows = min(groups, max(blockRows, fitting / blockRows * blockRows))
        let scratchBytes = 4 * form.points * tileRows * (channels + Int(KERNEL_CHANNEL_BLOCK) + panelColumns)
        var a = winograd_arguments()
        a.x.0 = UnsafePointer(buffers.rows(length, width: channels, margin: 6))
        (a.padded_channels.0, a.position_stride.0, a.row_stride.0) = (width, width, width)
        a.weights = UnsafePointer(pack.packed)
        a.bias = UnsafePointer(buffers.uniform(channels))
        (a.y, a.y_position_stride, a.y_row_stride) = (buffers.floats(length * channels), width, width)
        (a.columns, a.batch, a.length) = (width, 1, length)
        (a.form, a.groups) = (form, groups)
        (a.tile_elements, a.tile_groups, a.group_tiles) = (1, tileRows, ceilDivide(groups, tileRows))
        (a.tile_panels, a.column_tiles) = (panels, 1)
        a.scratch_bytes = scratchBytes
        return KernelCase(
            table.winograd, a, tiles: ceilDivide(groups, tileRows), scratchBytes: scratchBytes, work: operations,
            in: buffers)
    }
}
