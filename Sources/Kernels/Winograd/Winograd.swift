import CKernels

/// `winograd_arguments`: transform the rows of a tile into scratch, then for each panel of outputs the products of all points
/// and the inverse transform. Lanes are channels, so both transforms are vertical.
///
/// Weights of half precision were multiplied with a power of two; the transformed inputs make up for it.
///
/// Scratch: transformed inputs [point][group][depth + a channel block], then products [point][group][panel_columns]. The
/// block between rows keeps them out of one another's cache sets: depths are powers of two more often than not.
func winograd(_ arguments: UnsafeRawPointer?, _ tile: Int, _ scratch: UnsafeMutableRawPointer?) {
    let a = arguments.unsafelyUnwrapped.assumingMemoryBound(to: winograd_arguments.self)
    let scratch = scratch.unsafelyUnwrapped.assumingMemoryBound(to: Float.self)
    switch a.pointee.form {
    case .whole2: convolve(a, tile, scratch, Whole2.self, Whole2.self)
    case .whole4: convolve(a, tile, scratch, Whole4.self, Whole4.self)
    case .f25: convolve(a, tile, scratch, F25.self, F25.self)
    case .f45: convolve(a, tile, scratch, F45.self, F45.self)
    case .f65: convolve(a, tile, scratch, F65.self, F65Tail.self)
    case .f85: convolve(a, tile, scratch, F85.self, F85.self)
    case .fourier28: convolve(a, tile, scratch, Fourier28.self, Fourier28.self)
    @unknown default: kernel_trap()
    }
}

@inline(__always)
private func convolve<Form: WinogradTransforms, Tail: WinogradTransforms>(
    _ a: UnsafePointer<winograd_arguments>, _ tile: Int, _ transformed: UnsafeMutablePointer<Float>, _: Form.Type,
    _: Tail.Type
) {
    let panelColumns = RegisterTileMain.vectors * Lanes.scalarCount
    let columns = a.pointee.columns
    let rowTile = tile / a.pointee.column_tiles
    let columnTile = tile - rowTile * a.pointee.column_tiles
    let block = GroupBlock(a, rowTile)
    let depth = a.pointee.padded_channels.0 + a.pointee.padded_channels.1
    let rowStride = depth + Int(KERNEL_CHANNEL_BLOCK)
    let products = transformed + Form.points * block.rows * rowStride
    let inputs = TransformedRows(v: transformed, stride: rowStride, block: block, tailPoints: Tail.points)
    let (head, tail) = (block.head(Form.outputs), block.tail(Tail.outputs, after: Form.outputs))

    let source = Source(
        a.pointee.x.0.unsafelyUnwrapped, a.pointee.padded_channels.0, a.pointee.position_stride.0,
        a.pointee.row_stride.0)
    transformRows(source, head, inputs, channel: 0, Form.self)
    transformRows(source, tail, inputs, channel: 0, Tail.self)
    if a.pointee.padded_channels.1 > 0 {
        let channel = a.pointee.padded_channels.0
        let source = Source(
            a.pointee.x.1.unsafelyUnwrapped, a.pointee.padded_channels.1, a.pointee.position_stride.1,
            a.pointee.row_stride.1)
        transformRows(source, head, inputs, channel: channel, Form.self)
        transformRows(source, tail, inputs, channel: channel, Tail.self)
    }

    let weights = a.pointee.weights.unsafelyUnwrapped
    let isHalf = a.pointee.weight_element == Int(KERNEL_ELEMENT_F16.rawValue)
    let elementBytes = isHalf ? 2 : 4
    if isHalf {
        let factor = weights.load(fromByteOffset: 2 * Form.points * columns * depth, as: Float.self)
        multiply(transformed, count: Form.points * block.rows * rowStride, by: Lanes(repeating: factor))
    }

    let run = min(depth, kernel_winograd_summed_channels(a.pointee.form))
    var column = columnTile * a.pointee.tile_panels * panelColumns
    let endColumn = min(column + a.pointee.tile_panels * panelColumns, columns)
    while column < endColumn {
        let panel = Panel(
            weights: weights + elementBytes * Form.points * column * depth, isHalf: isHalf, points: Form.points,
            depth: depth, run: run)
        if column + panelColumns <= columns {
            multiplyPanel(inputs, panel, products, RegisterTileMain.self, Row2.self)
            finishPanel(a, products, head, of: block.rows, column, Row2.self, Form.self)
            finishPanel(a, products, tail, of: block.rows, column, Row2.self, Tail.self)
        } else {
            multiplyPanel(inputs, panel, products, RegisterTileNarrow.self, Row1.self)
            finishPanel(a, products, head, of: block.rows, column, Row1.self, Form.self)
            finishPanel(a, products, tail, of: block.rows, column, Row1.self, Tail.self)
        }
        column += panelColumns
    }
}

/// The rows of a tile's products: some groups of some batch elements, the elements innermost. Those of the tail come last.
private struct GroupBlock {
    let firstGroup: Int
    let firstElement: Int
    let elements: Int
    let rows: Int
    /// Rows before those of the tail.
    let headRows: Int

    @inline(__always)
    init(_ a: UnsafePointer<winograd_arguments>, _ rowTile: Int) {
        let elementTile = rowTile / a.pointee.group_tiles
        firstElement = elementTile * a.pointee.tile_elements
        firstGroup = (rowTile - elementTile * a.pointee.group_tiles) * a.pointee.tile_groups
        elements = min(a.pointee.tile_elements, a.pointee.batch - firstElement)
        let groups = min(a.pointee.tile_groups, a.pointee.groups - firstGroup)
        rows = elements * groups
        headRows = elements * min(groups, (a.pointee.groups - a.pointee.tail_groups) - firstGroup)
    }

    @inline(__always)
    func head(_ outputs: Int) -> Rows {
        Rows(row: 0, end: headRows, position: outputs * firstGroup, step: outputs, firstElement, elements)
    }

    @inline(__always)
    func tail(_ outputs: Int, after head: Int) -> Rows {
        let start = head * (firstGroup + headRows / elements)
        return Rows(row: headRows, end: rows, position: start, step: outputs, firstElement, elements)
    }
}

/// Rows of products from one to another, with the first position and the batch element of each.
private struct Rows {
    private(set) var row: Int
    private(set) var position: Int
    private(set) var element: Int
    private let end: Int
    private let step: Int
    private let firstElement: Int
    private let endElement: Int

    @inline(__always)
    init(row: Int, end: Int, position: Int, step: Int, _ firstElement: Int, _ elements: Int) {
        self.row = row
        self.position = position
        element = firstElement
        self.end = end
        self.step = step
        self.firstElement = firstElement
        endElement = firstElement + elements
    }

    var isPastEnd: Bool { @inline(__always) get { row >= end } }

    @inline(__always)
    mutating func advance() {
        row += 1
        element += 1
        if element == endElement {
            element = firstElement
            position += step
        }
    }
}

/// Position 0 and batch element 0 of a source.
private struct Source {
    let x: UnsafePointer<Float>
    let channels: Int
    let positionStride: Int
    let rowStride: Int

    @inline(__always)
    init(_ x: UnsafePointer<Float>, _ channels: Int, _ positionStride: Int, _ rowStride: Int) {
        self.x = x
        self.channels = channels
        self.positionStride = positionStride
        self.rowStride = rowStride
    }
}

/// Transformed inputs: [point][row][stride]. Rows of the tail have the first `tailPoints` points.
private struct TransformedRows {
    let v: UnsafeMutablePointer<Float>
    let stride: Int
    let block: GroupBlock
    let tailPoints: Int
}

/// Bᵀ·x for every row and channel of one source.
@inline(__always)
private func transformRows<Form: WinogradTransforms>(
    _ source: Source, _ rows: Rows, _ inputs: TransformedRows, channel: Int, _: Form.Type
) {
    let pointStride = inputs.block.rows * inputs.stride
    var at = rows
    while !at.isPastEnd {
        let x = source.x + ((at.position - Form.before) * source.positionStride + at.element * source.rowStride)
        let v = inputs.v + (at.row * inputs.stride + channel)
        var c = 0
        while c < source.channels {
            Form.transform(x + c, source.positionStride, to: v + c, pointStride)
            c += Lanes.scalarCount
        }
        at.advance()
    }
}

/// Multiplies numbers, of whole vectors, with a factor.
@inline(never)
private func multiply(_ v: UnsafeMutablePointer<Float>, count: Int, by factor: Lanes) {
    var i = 0
    while i < count {
        storeLanes(loadLanes(v + i) * factor, v + i)
        i += Lanes.scalarCount
    }
}

/// Transformed weights of a panel of outputs: [point][depth][panel].
private struct Panel {
    let weights: UnsafeRawPointer
    /// Whether they are of half precision.
    let isHalf: Bool
    let points: Int
    let depth: Int
    /// Steps that are summed by themselves before they are added to the others.
    let run: Int
}

@inline(__always)
private func multiplyPanel<Tile: RegisterTile, Row: RegisterTile>(
    _ inputs: TransformedRows, _ panel: Panel, _ products: UnsafeMutablePointer<Float>, _: Tile.Type, _: Row.Type
) {
    if panel.isHalf {
        multiplyPanel(inputs, panel, products, Tile.self, Row.self, HalfWeight.self)
    } else {
        multiplyPanel(inputs, panel, products, Tile.self, Row.self, FloatWeight.self)
    }
}

/// The products of one panel: [row, depth] · [depth, panel] for each point.
@inline(never)
private func multiplyPanel<Tile: RegisterTile, Row: RegisterTile, Stored: StoredWeight>(
    _ inputs: TransformedRows, _ panel: Panel, _ products: UnsafeMutablePointer<Float>, _: Tile.Type, _: Row.Type,
    _: Stored.Type
) {
    let columns = Tile.vectors * Lanes.scalarCount
    let rows = inputs.block.rows
    let weights = panel.weights.assumingMemoryBound(to: Stored.self)
    var point = 0
    while point < panel.points {
        var block = ProductBlock(
            v: inputs.v + point * rows * inputs.stride, stride: inputs.stride,
            weights: weights + point * panel.depth * columns, y: products + point * rows * columns,
            depth: panel.depth, run: panel.run,
            ahead: max(aheadBytes, MemoryLayout<Stored>.size * panel.depth * columns))
        var remaining = point < inputs.tailPoints ? rows : inputs.block.headRows
        while remaining >= Tile.rows {
            block.run(Tile.self)
            block.v += Tile.rows * inputs.stride
            block.y += Tile.rows * columns
            // The blocks of rows share the point's weights: the first brings the next point's.
            block.ahead = 0
            remaining -= Tile.rows
        }
        withRemainingRows(remaining, of: Tile.self, Row.self, block)
        point += 1
    }
}

/// A register tile of one point's products.
private struct ProductBlock<Stored: StoredWeight>: RegisterTileBody {
    var v: UnsafePointer<Float>
    let stride: Int
    let weights: UnsafePointer<Stored>
    var y: UnsafeMutablePointer<Float>
    let depth: Int
    /// Steps that are summed by themselves before they are added to the others.
    let run: Int
    /// The distance at which weights are prefetched, in bytes; 0: not at all.
    var ahead: Int

    @inline(__always)
    func run<Tile: RegisterTile>(_: Tile.Type) { multiplyBlock(v, stride, weights, y, depth, run, ahead, Tile.self) }
}

@inline(never)
private func multiplyBlock<Tile: RegisterTile, Stored: StoredWeight>(
    _ v: UnsafePointer<Float>, _ stride: Int, _ weights: UnsafePointer<Stored>, _ y: UnsafeMutablePointer<Float>,
    _ depth: Int, _ run: Int, _ ahead: Int, _: Tile.Type
) {
    let panel = Tile.vectors * Lanes.scalarCount
    var w = weights
    var channel = 0
    while channel < depth {
        var tile = Tile(zero: ())
        accumulateSteps(&tile, v + channel, stride: stride, depth: min(run, depth - channel), &w, ahead: ahead)
        if channel == 0 { tile.store(to: y, stride: panel) } else { tile.add(to: y, stride: panel) }
        channel += run
    }
}

/// Aᵀ of the products of one panel, and the bias, to the rows of y.
@inline(__always)
private func finishPanel<Row: RegisterTile, Form: WinogradTransforms>(
    _ a: UnsafePointer<winograd_arguments>, _ products: UnsafePointer<Float>, _ rows: Rows, of count: Int,
    _ column: Int,
    _: Row.Type, _: Form.Type
) {
    let panel = Row.vectors * Lanes.scalarCount
    let length = a.pointee.length
    let positionStride = a.pointee.y_position_stride
    var at = rows
    while !at.isPastEnd {
        let y = a.pointee.y + (at.position * positionStride + at.element * a.pointee.y_row_stride + column)
        let positions = min(Form.outputs, length - at.position)
        var c = 0
        while c < panel {
            Form.finish(
                products + (at.row * panel + c), count * panel, bias: loadLanes(a.pointee.bias + (column + c)),
                to: y + c,
                positionStride, count: positions)
            c += Lanes.scalarCount
        }
        at.advance()
    }
}
