import CKernels
import KernelArguments

/// How an operation is split into tiles. Every choice is a function of the operation's shape, the kernels' geometry and
/// the machine profile, so that tiles, and with them bits, never depend on who computes.
///
/// Tiles are small enough that eight workers share an operation evenly, and large enough that claiming one (some 100
/// ns) costs little.
struct Tiling {
    let sizes: MachineProfile.TileSizes

    /// Partials of a norm that every tile which applies the norm merges for itself.
    static let unmergedPartials = 16

    /// Values of a norm that a tile takes whole: more of them where the batch alone gives enough tiles.
    func wholeNormValues(batch: Int) -> Int { sizes.wholeNormValues * (batch >= sizes.wantedTiles ? 4 : 1) }

    struct Convolution {
        var rows: Int
        var panels: Int
        var rowTiles: Int
        var columnTiles: Int
        var count: Int { rowTiles * columnTiles }
    }

    /// Splits `rows` × `columns` outputs with `depth` multiply-adds each, into tiles of whole `rowUnit` rows, where
    /// they fit, and whole `columnUnit` columns.
    func convolution(
        rows: Int, columns: Int, depth: Int, rowUnit: Int = 1, columnUnit: Int = channelBlock, geometry: kernel_geometry
    ) -> Convolution {
        let blockRows = geometry.block_rows
        let panelColumns = geometry.panel_columns
        let allPanels = ceilDivide(columns, panelColumns)
        var tileRows = min(rows, sizes.rowBlock)
        let panelWork = tileRows * depth * min(panelColumns, columns)
        var panels = min(allPanels, max(1, sizes.targetMultiplyAdds / max(1, panelWork)))
        if panels == allPanels && tileRows < rows {
            tileRows = min(rows, tileRows * max(1, sizes.targetMultiplyAdds / max(1, panelWork * panels)))
        }
        func tiles() -> Int { ceilDivide(rows, tileRows) * ceilDivide(allPanels, panels) }
        func work() -> Int { tileRows * depth * panels * panelColumns }
        while tiles() < sizes.wantedTiles && work() > 2 * sizes.minimumMultiplyAdds {
            if tileRows > 2 * blockRows && tileRows >= 4 * panels {
                tileRows = roundUp(ceilDivide(tileRows, 2), blockRows)
            } else if panels > 1 {
                panels = ceilDivide(panels, 2)
            } else if tileRows > blockRows {
                tileRows = roundUp(ceilDivide(tileRows, 2), blockRows)
            } else {
                break
            }
        }
        if tileRows < rows && tileRows >= rowUnit { tileRows -= tileRows % rowUnit }
        panels = min(allPanels, roundUp(panels, panelUnit(columnUnit, geometry)))
        return Convolution(
            rows: tileRows, panels: panels, rowTiles: ceilDivide(rows, tileRows),
            columnTiles: ceilDivide(allPanels, panels))
    }

    /// Panels that hold whole `columnUnit` columns.
    private func panelUnit(_ columnUnit: Int, _ geometry: kernel_geometry) -> Int {
        leastCommonMultiple(columnUnit, geometry.panel_columns) / geometry.panel_columns
    }

    struct Winograd {
        var elements: Int
        var groups: Int
        var panels: Int
        var elementTiles: Int
        var groupTiles: Int
        var columnTiles: Int
        var count: Int { elementTiles * groupTiles * columnTiles }
        /// Rows of a tile's products.
        var rows: Int { elements * groups }
    }

    /// Splits the outputs of the Winograd kernel: `groups` of positions, of `batch` elements, by `columns`. A group's
    /// transformed inputs are `floatsPerRow`. A tile has whole sequences where they are short enough, and whole
    /// `columnUnit` columns.
    func winograd(
        groups: Int, batch: Int, columns: Int, floatsPerRow: Int, columnUnit: Int = channelBlock,
        geometry: kernel_geometry
    ) -> Winograd {
        let blockRows = geometry.block_rows
        let panelColumns = geometry.panel_columns
        let allPanels = ceilDivide(columns, panelColumns)
        let fitting = sizes.transformedFloats / floatsPerRow / blockRows * blockRows
        let mostRows = max(blockRows, min(sizes.winogradGroups / blockRows * blockRows, fitting))
        let wantedTiles = 2 * sizes.wantedTiles
        // As even as whole register blocks allow. Where there are many rows, but too few tiles for them to share all
        // panels, two register blocks of rows are enough.
        let hasManyRows = batch * groups >= 8 * mostRows
        let groupTiles = ceilDivide(groups, mostRows)
        var tileGroups = groupTiles == 1 ? groups : roundUp(ceilDivide(groups, groupTiles), blockRows)
        while hasManyRows && groupTiles > 1 && batch * ceilDivide(groups, tileGroups) < wantedTiles
            && tileGroups > 2 * blockRows
        {
            tileGroups -= blockRows
        }
        // Three elements at least, where they fit and are not cut below: the rows of a position are then read several
        // lines at a time.
        var elements = min(batch, max(1, mostRows / tileGroups, min(3, fitting / tileGroups)))
        while hasManyRows && ceilDivide(batch, elements) * ceilDivide(groups, tileGroups) < wantedTiles
            && (elements - 1) * tileGroups >= 2 * blockRows
        {
            elements -= 1
        }
        // Fewer rows are first shared by elements, as long as a register block and a third of one are left: columns
        // cost more.
        let widePanels = min(allPanels, ceilDivide(2 * sizes.leastWinogradColumns, panelColumns))
        while !hasManyRows && groupTiles == 1
            && ceilDivide(batch, elements) * ceilDivide(allPanels, widePanels) < sizes.wantedTiles
            && (elements - 1) * tileGroups >= blockRows + blockRows / 3
        {
            elements -= 1
        }
        var tileElements = ceilDivide(batch, ceilDivide(batch, elements))
        let rowTiles = ceilDivide(batch, tileElements) * ceilDivide(groups, tileGroups)
        // Each column tile transforms the inputs again: as few of them as leave enough tiles, and wider ones where rows
        // are shared.
        let leastPanels =
            rowTiles > 1 ? widePanels : min(allPanels, ceilDivide(sizes.leastWinogradColumns, panelColumns))
        var panels = allPanels
        while rowTiles * ceilDivide(allPanels, panels) < wantedTiles && panels > leastPanels {
            panels = max(leastPanels, ceilDivide(panels, 2))
        }
        panels = min(allPanels, roundUp(panels, panelUnit(columnUnit, geometry)))
        // A lone tile has whole norms, but leaves all to one worker: where it takes longer than a norm of its own
        // would, it is cut.
        let rowWork = saturatingProduct(floatsPerRow, panels, panelColumns)
        if rowTiles == 1 && panels == allPanels
            && saturatingProduct(batch * groups, rowWork) >= 8 * sizes.minimumMultiplyAdds
        {
            let leastRows = max(
                ceilDivide(batch * groups, sizes.wantedTiles), ceilDivide(2 * sizes.minimumMultiplyAdds, rowWork),
                blockRows)
            // A power of two of about as many rows: three would leave one of two workers with half of the other's.
            let tiles = powerOfTwo(notAbove: (batch * groups + leastRows / 2) / leastRows)
            if batch > 1 {
                tileElements = ceilDivide(batch, tiles)
            } else {
                tileGroups = ceilDivide(groups, tiles)
            }
        }
        return Winograd(
            elements: tileElements, groups: tileGroups, panels: panels, elementTiles: ceilDivide(batch, tileElements),
            groupTiles: ceilDivide(groups, tileGroups), columnTiles: ceilDivide(allPanels, panels))
    }

    /// Positions of a tile of an operation that passes once over `length` positions of `width` floats.
    func positions(length: Int, width: Int) -> Int {
        let total = length * width
        let perTile = max(sizes.smallestPassFloats, min(sizes.largestPassFloats, total / sizes.wantedTiles))
        return min(length, max(1, perTile / max(1, width)))
    }

    /// Chunks of positions of a norm over `length` × `channels` values: at most 64, so that merging them stays cheap.
    func chunks(length: Int, channels: Int) -> Int {
        min(length, max(1, min(64, ceilDivide(length * channels, sizes.wholeNormValues))))
    }
}

/// The largest power of two that is not above a number; 1 for less.
func powerOfTwo(notAbove number: Int) -> Int { 1 << (Int.bitWidth - 1 - max(1, number).leadingZeroBitCount) }

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}

func leastCommonMultiple(_ a: Int, _ b: Int) -> Int { a / greatestCommonDivisor(a, b) * b }

/// The product, or the largest integer where it does not fit: counts of work for absurd shapes must not trap.
func saturatingProduct(_ factors: Int...) -> Int {
    factors.reduce(1) { product, factor in
        let (result, overflow) = product.multipliedReportingOverflow(by: factor)
        return overflow ? .max : result
    }
}

/// The sum, or the largest integer where it does not fit.
func saturatingSum(_ a: Int, _ b: Int) -> Int {
    let (result, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : result
}
