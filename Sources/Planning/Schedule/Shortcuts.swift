import KernelArguments

/// The pass that moves shortcuts. A block's 1×1 product on what its first convolution reads runs beside that
/// convolution; where it may be written over its first source, beside what comes after that, once both have read the
/// source.
enum Shortcuts {
    /// - Parameter kept: values that nothing is written over.
    static func moved(_ lines: [Line], kept: Set<Int>, _ sizes: MachineProfile.TileSizes) -> [Line] {
        var result = lines
        for combine in lines.compactMap({ $0.equation as? Combine }) {
            guard let residual = combine.residual,
                let index = result.firstIndex(where: { $0.equation.result?.buffer == residual.buffer }),
                let product = result[index].equation as? Product,
                let reader = result[..<index].firstIndex(where: { $0.equation.reads == product.reads })
            else { continue }
            var line = result.remove(at: index)
            line.hints.joinsPrevious = true
            line.hints.overwritesInput =
                index > reader + 1 && product.mayOverwriteInput(sizes) && !kept.contains(product.sources[0].buffer)
                && !result.reads(product.sources[0], from: reader + 2)
            result.insert(line, at: reader + (line.hints.overwritesInput ? 2 : 1))
        }
        return result
    }
}

extension Shortcuts {
    /// The gradient of a block's 1×1 product runs beside that of the block's second convolution: neither reads what the
    /// other gives.
    ///
    /// - Parameter first: the first line of the gradient.
    static func joined(_ lines: [Line], from first: Int) -> [Line] {
        var result = lines
        for index in first..<max(first, lines.count - 1) {
            guard let product = result[index].equation as? Product, !result[index].hints.overwritesInput,
                result[index + 1].equation is Convolution5,
                result[index + 1].equation.reads.allSatisfy({ $0.buffer != product.y.buffer })
            else { continue }
            result.swapAt(index, index + 1)
            result[index + 1].hints.joinsPrevious = true
        }
        return result
    }
}

extension Product {
    /// Whether its rows are as wide as those of its first source, and so many that tiles of whole rows, which in place
    /// must be, share them evenly.
    fileprivate func mayOverwriteInput(_ sizes: MachineProfile.TileSizes) -> Bool {
        let x = sources[0]
        return x.firstChannel == 0 && x.rowStride == x.paddedChannels && x.paddedChannels == y.paddedChannels
            && x.batch * x.length / sizes.rowBlock >= 4 * sizes.wantedTiles
    }
}
