import CKernels
internal import KernelArguments
package import KernelDispatch
import KernelsReference

/// Packed weights: the same numbers as the reference's, in panels of the implementation's width.
package struct PackCheck: KernelCheck {
    /// The layout of w, as (outputs, inputs, taps) or, transposed, (inputs, outputs, taps).
    package enum Source: Sendable { case convolution, transposed }

    package var outputs: Int
    package var channels: Int
    package var skipChannels = 0
    package var taps: Int
    package var source = Source.convolution
    /// Heads of this many inputs are padded to whole channel blocks by a map; 0 for no map.
    package var headSize = 0

    package init(outputs: Int, channels: Int, taps: Int) {
        self.outputs = outputs
        self.channels = channels
        self.taps = taps
    }

    package var description: String {
        "packing of \(channels)+\(skipChannels) → \(outputs) channels, taps \(taps), \(source), heads of \(headSize)"
    }

    package func failures(of implementations: [Implementation], in memory: CheckMemory) -> [String] {
        let inputs = channels + skipChannels
        var a = pack_convolution_arguments(
            memory.uniform(outputs * inputs * taps, seed: 1), .convolution, outputs: outputs, inputs: inputs,
            channels: (channels, skipChannels), taps: taps, columns: padded(outputs), packed: nil)
        if source == .transposed {
            (a.output_stride, a.input_stride, a.tap_stride, a.tap_offset) = (taps, outputs * taps, -1, taps - 1)
        }
        let columns = a.columns
        if headSize > 0 {
            let inputMap = map(inputs, memory)
            a.input_map = UnsafePointer(inputMap.start)
            a.channels = (inputMap.count, 0)
        }
        let terms = taps * (a.channels.0 + a.channels.1)
        func compute(_ table: kernel_table) -> (packed: UnsafeMutablePointer<Float>, failure: String?) {
            let widths = panelWidths(columns, table.geometry.panel_columns)
            let count = widths.reduce(0, +) * terms
            a.packed = memory.floats(count)
            let output = Output(a.packed, count)
            return (
                a.packed, run(table.pack_convolution, a, tiles: widths.count, output: output, in: memory)
            )
        }
        let reference = KernelsReference.kernelTable()
        let expected = unpacked(compute(reference).packed, reference, columns, terms, memory)
        return collect(implementations, memory) { table in
            let got = compute(table)
            return got.failure
                ?? difference(
                    unpacked(got.packed, table, columns, terms, memory), expected, paddedColumns(columns) * terms)
        }
    }

    /// Room for the zeros after the last column of the widest panel.
    private func paddedColumns(_ columns: Int) -> Int { ceilDivide(columns, 64) * 64 }

    /// The packed weights as (term, column), zeros in the columns that there are none of.
    private func unpacked(
        _ packed: UnsafePointer<Float>, _ table: kernel_table, _ columns: Int, _ terms: Int, _ memory: CheckMemory
    ) -> UnsafePointer<Float> {
        let width = table.geometry.panel_columns
        let y = memory.floats(paddedColumns(columns) * terms)
        var panel = packed
        for (index, columnsOfPanel) in panelWidths(columns, width).enumerated() {
            for k in 0..<terms {
                for o in 0..<columnsOfPanel {
                    y[k * paddedColumns(columns) + index * width + o] = panel[k * columnsOfPanel + o]
                }
            }
            panel += columnsOfPanel * terms
        }
        return UnsafePointer(y)
    }

    /// The map that pads heads of `headSize` to whole blocks.
    private func map(_ count: Int, _ memory: CheckMemory) -> (start: UnsafeMutablePointer<Int32>, count: Int) {
        let stride = padded(headSize)
        let entries = count / headSize * stride
        let start = memory.bytes(entries * 4).bindMemory(to: Int32.self, capacity: entries)
        for i in 0..<entries {
            start[i] = i % stride < headSize ? Int32(i / stride * headSize + i % stride) : -1
        }
        return (start, entries)
    }
}

extension PackCheck {
    /// Cases of the self-test.
    static var samples: [any KernelCheck] {
        var mapped = PackCheck(outputs: 66, channels: 66, taps: 1)
        mapped.headSize = 33
        return [mapped]
    }
}
