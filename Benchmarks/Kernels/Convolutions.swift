import CKernels
import KernelArguments

/// The convolution of width 5 of a residual block, `channels` to `channels`, batch 1, over 1 MiB of activations.
struct Convolution {
    static let activationFloats = 262_144
    static let taps = 5

    let channels: Int

    private var length: Int { Self.activationFloats / channels }
    private var operations: Work { .operations(2 * Self.taps * channels * channels * length) }

    private var rows: RowStrides { RowStrides(position: channels, row: channels) }

    /// Room for a packed weight of `products` floats for each pair of an input and an output.
    private func packed(_ products: Int, _ geometry: kernel_geometry, _ buffers: Buffers) -> UnsafeMutablePointer<Float>
    {
        buffers.floats(panelWidths(channels, geometry.panel_columns).reduce(0, +) * channels * products)
    }

    /// The direct form, 96 rows a tile, all panels.
    func direct(_ table: kernel_table) -> KernelCase {
        let buffers = Buffers(table)
        let geometry = table.geometry
        let panels = ceilDivide(channels, geometry.panel_columns)

        let packed = packed(Self.taps, geometry, buffers)
        var pack = pack_convolution_arguments(
            buffers.uniform(channels * channels * Self.taps), .convolution, outputs: channels, inputs: channels,
            channels: (channels, 0), taps: Self.taps, columns: channels, packed: packed)
        for panel in 0..<panels { table.pack_convolution(&pack, panel, nil) }

        let padding = Self.taps / 2
        let source = convolution_source(
            x: UnsafePointer(buffers.rows(length, width: channels, margin: padding) - padding * channels),
            channels: channels, row_stride: channels, segment_stride: 0, tap_stride: channels)
        var a = convolution_arguments(
            first: source,
            rows: ConvolutionRows(
                segments: 1, rows: length, segmentPositions: 0, rowsPerPosition: 1, yRow: channels, ySegment: 0),
            columns: channels, taps: Self.taps, padding: padding, inputLength: length, tileRows: 96,
            tilePanels: panels, geometry: geometry)
        a.weights = UnsafeRawPointer(packed)
        a.bias = UnsafePointer(buffers.uniform(channels))
        a.y = buffers.floats(length * channels)
        return KernelCase(table.convolution, a, tiles: a.tiles, work: operations, in: buffers)
    }

    /// A form of Winograd's: as many groups a tile as leave their transforms in the second level of the cache, all panels.
    func winograd(_ table: kernel_table, _ form: kernel_winograd_form) -> KernelCase {
        let buffers = Buffers(table)
        let geometry = table.geometry
        let panels = ceilDivide(channels, geometry.panel_columns)
        let groups = ceilDivide(length, form.outputs)

        let packed = packed(form.points, geometry, buffers)
        var pack = pack_winograd_arguments(
            buffers.uniform(channels * channels * Self.taps), form: form, outputs: channels, channels: (channels, 0),
            columns: channels, packed: packed)
        for panel in 0..<panels { table.pack_winograd(&pack, panel, nil) }

        // As MachineProfile.builtIn.tiles and Tiling.winograd have it.
        let blockRows = geometry.block_rows
        let transformedFloats = 98_304
        let fitting = min(48, transformedFloats / (form.points * channels))
        let tileGroups = min(groups, max(blockRows, fitting / blockRows * blockRows))
        var a = winograd_arguments(
            form: form, first: SourceRows(rows, channels: channels), second: nil, y: rows, columns: channels, batch: 1,
            length: length, groups: groups, tailGroups: 0, tileElements: 1, tileGroups: tileGroups, tilePanels: panels,
            geometry: geometry)
        a.x.0 = UnsafePointer(buffers.rows(length, width: channels, margin: 6))
        a.weights = UnsafeRawPointer(packed)
        a.bias = UnsafePointer(buffers.uniform(channels))
        a.y = buffers.floats(length * channels)
        return KernelCase(
            table.winograd, a, tiles: a.tiles, scratchBytes: a.scratch_bytes, work: operations, in: buffers)
    }
}
