package import CKernels

extension kernel_winograd_form {
    /// Products of a group.
    package var points: Int { rawValue }

    /// Whether a sequence is one group.
    package var isWhole: Bool { self == .whole2 || self == .whole4 }

    /// Positions of a group that is not of the tail.
    package var outputs: Int { self == .fourier28 ? 28 : isWhole ? (points + 1) / 2 : points - 4 }

    /// Positions before a group, and after it, that it reads.
    package var margin: Int { isWhole ? 0 : 2 }
}

extension winograd_arguments {
    /// Everything but the pointers.
    ///
    /// - Parameters:
    ///   - second: the second source, if there is one.
    ///   - columns: padded channels of y.
    ///   - groups: groups of a sequence, with the tail's.
    ///   - tileElements: batch elements of a tile; a tile also has `tileGroups` groups and `tilePanels` panels.
    package init(
        form: kernel_winograd_form, first: SourceRows, second: SourceRows?, y: RowStrides, columns: Int, batch: Int,
        length: Int, groups: Int, tailGroups: Int, tileElements: Int, tileGroups: Int, tilePanels: Int,
        element: kernel_element = KERNEL_ELEMENT_F32, geometry: kernel_geometry
    ) {
        let depths = (padded(first.channels), padded(second?.channels ?? 0))
        self.init(
            x: (nil, nil), padded_channels: depths,
            position_stride: (first.strides.position, second?.strides.position ?? 0),
            row_stride: (first.strides.row, second?.strides.row ?? 0), weights: nil,
            weight_element: Int(element.rawValue), bias: nil, y: nil,
            y_position_stride: y.position, y_row_stride: y.row, columns: columns, batch: batch, length: length,
            form: form, groups: groups, tail_groups: tailGroups, tile_elements: tileElements, tile_groups: tileGroups,
            group_tiles: ceilDivide(groups, tileGroups), tile_panels: tilePanels,
            column_tiles: ceilDivide(ceilDivide(columns, geometry.panel_columns), tilePanels),
            scratch_bytes: 4 * form.points * tileElements * tileGroups
                * (depths.0 + depths.1 + channelBlock + geometry.panel_columns))
    }

    /// The power of two that weights up to `largest` are multiplied with in half precision: it brings them to 2¹⁴ ..< 2¹⁵, near
    /// the largest numbers of that type.
    package static func halfScale(largest: Float) -> Float {
        guard largest > 0, largest.isFinite else { return 1 }
        return Float(sign: .plus, exponent: min(max(14 - Int(largest.exponent), -100), 100), significand: 1)
    }

    /// Tiles of the operation.
    package var tiles: Int { ceilDivide(batch, tile_elements) * group_tiles * column_tiles }
}

extension pack_winograd_arguments {
    /// Packs the weight `w`, [outputs, inputs, 5], to `packed`.
    ///
    /// - Parameters:
    ///   - channels: inputs of each source.
    ///   - columns: padded outputs.
    package init(
        _ w: UnsafePointer<Float>, form: kernel_winograd_form, outputs: Int, channels: (Int, Int), columns: Int,
        packed: UnsafeMutablePointer<Float>
    ) {
        self.init(
            w: w, outputs: outputs, channels: channels, padded_channels: (padded(channels.0), padded(channels.1)),
            columns: columns, form: form, packed: packed)
    }
}
