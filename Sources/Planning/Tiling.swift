import CKernels

/// How an operation is split into tiles. Every choice is a function of the operation's shape and the kernels' geometry, so
/// that tiles, and with them bits, never depend on who computes.
///
/// Tiles are small enough that eight workers share an operation evenly, and large enough that claiming one (some 100 ns)
/// costs little.
enum Tiling {
    /// Multiply-adds of a convolution's tile: some 40 µs at 100 GFLOP/s.
    static let targetMultiplyAdds = 2_000_000
    /// Below this a tile is not worth another worker.
    static let minimumMultiplyAdds = 50_000
    /// Tiles that an operation should have if it is large enough.
    static let wantedTiles = 8
    /// Rows that stay in the first and second level of the cache while the panels pass.
    static let rowBlock = 96

    struct Convolution {
        var rows: Int
        var panels: Int
        var rowTiles: Int
        var columnTiles: Int
        var count: Int { rowTiles * columnTiles }
    }

    /// Splits `rows` × `columns` outputs with `depth` multiply-adds each.
    static func convolution(rows: Int, columns: Int, depth: Int, geometry: kernel_geometry) -> Convolution {
        let blockRows = Int(geometry.block_rows)
        let panelColumns = Int(geometry.panel_columns)
        let allPanels = ceilDivide(columns, panelColumns)
        var tileRows = min(rows, rowBlock)
        let panelWork = tileRows * depth * min(panelColumns, columns)
        var panels = min(allPanels, max(1, targetMultiplyAdds / max(1, panelWork)))
        if panels == allPanels && tileRows < rows {
            tileRows = min(rows, tileRows * max(1, targetMultiplyAdds / max(1, panelWork * panels)))
        }
        func tiles() -> Int { ceilDivide(rows, tileRows) * ceilDivide(allPanels, panels) }
        func work() -> Int { tileRows * depth * panels * panelColumns }
        while tiles() < wantedTiles && work() > 2 * minimumMultiplyAdds {
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
        return Convolution(
            rows: tileRows, panels: panels, rowTiles: ceilDivide(rows, tileRows),
            columnTiles: ceilDivide(allPanels, panels))
    }

    /// Floats of transformed inputs that stay in the second level of the cache: 384 KiB.
    static let transformedFloats = 98_304
    /// Outputs below which the transform of the inputs, which each column tile repeats, costs too much.
    static let leastWinogradColumns = 64

    /// Splits `groups` × `columns` outputs of the Winograd kernel; rows count groups of four positions.
    static func winograd(groups: Int, columns: Int, depth: Int, geometry: kernel_geometry) -> Convolution {
        let blockRows = Int(geometry.block_rows)
        let panelColumns = Int(geometry.panel_columns)
        let allPanels = ceilDivide(columns, panelColumns)
        let fitting = transformedFloats / (8 * depth) / blockRows * blockRows
        let tileRows = min(groups, max(blockRows, min(48 / blockRows * blockRows, fitting)))
        let rowTiles = ceilDivide(groups, tileRows)
        let leastPanels = min(allPanels, ceilDivide(leastWinogradColumns, panelColumns))
        let work = tileRows * depth * panelColumns * 8
        var panels = min(allPanels, max(leastPanels, targetMultiplyAdds / work))
        while rowTiles * ceilDivide(allPanels, panels) < wantedTiles && panels > leastPanels {
            panels = max(leastPanels, ceilDivide(panels, 2))
        }
        return Convolution(
            rows: tileRows, panels: panels, rowTiles: rowTiles, columnTiles: ceilDivide(allPanels, panels))
    }

    /// Positions of a tile of an operation that passes once over `length` positions of `width` floats.
    static func positions(length: Int, width: Int) -> Int {
        let largest = 32_768
        let smallest = 2_048
        let total = length * width
        let perTile = max(smallest, min(largest, total / wantedTiles))
        return min(length, max(1, perTile / max(1, width)))
    }

    /// Norms over more values than this are split into chunks of positions; smaller ones take their own statistics.
    static let wholeNorm = 16_384

    /// Chunks of positions of a norm over `length` × `channels` values: at most 64, so that merging them stays cheap.
    static func chunks(length: Int, channels: Int) -> Int {
        min(length, max(1, min(64, ceilDivide(length * channels, wholeNorm))))
    }
}

func ceilDivide(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }

func roundUp(_ a: Int, _ multiple: Int) -> Int { ceilDivide(a, multiple) * multiple }

func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
}

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
