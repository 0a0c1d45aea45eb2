internal import CKernels

/// Rows are multiples of this many floats.
package let channelBlock = Int(KERNEL_CHANNEL_BLOCK)

/// Channels with their padding to whole channel blocks.
package func padded(_ channels: Int) -> Int { roundUp(channels, channelBlock) }

/// How many pieces of `b` cover `a`.
package func ceilDivide(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }

/// The least multiple of a number that is not below another.
package func roundUp(_ a: Int, _ multiple: Int) -> Int { ceilDivide(a, multiple) * multiple }

/// The widths of the packed panels of `columns` outputs: the last may be half as wide.
package func panelWidths(_ columns: Int, _ panelColumns: Int) -> [Int] {
    let rest = columns % panelColumns
    let full = [Int](repeating: panelColumns, count: columns / panelColumns)
    return rest == 0 ? full : full + [rest <= panelColumns / 2 ? panelColumns / 2 : panelColumns]
}

/// Where the rows of an activation lie, in floats.
package struct RowStrides: Sendable {
    /// From a position to the next.
    package var position: Int
    /// From a batch element to the next; 0 where one element stands for all.
    package var row: Int

    /// Strides as given.
    package init(position: Int, row: Int) {
        self.position = position
        self.row = row
    }
}

/// One source of a convolution: its rows and their channels.
package struct SourceRows: Sendable {
    package var strides: RowStrides
    package var channels: Int

    /// Rows of `channels` channels.
    package init(_ strides: RowStrides, channels: Int) {
        self.strides = strides
        self.channels = channels
    }
}
