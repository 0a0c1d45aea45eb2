import Testing

import KernelChecks
import KernelDispatch

struct AttentionTests {
    /// Logits up to about ±80 for the largest scale: √headSize · scale² / 3 is their deviation.
    @Test(arguments: [32, 33, 40, 63], [Float(0.5), 1.5, 3.3])
    func matchesReference(headSize: Int, scale: Float) {
        var picker = Picker(seed: UInt64(headSize))
        let checks = [1, 2, 3, 11, 12, 13, 31, 32, 33, 127, 128, 129, 300].flatMap { length in
            var check = AttentionCheck(length: length, headSize: headSize)
            check.scale = scale
            check.heads = picker.pick([1, 2, 3])
            check.batch = picker.pick([1, 2])
            check.tileQueries = picker.pick([1, 5, 12, 32, 1000])
            check.tilePanels = picker.pick([1, 3, 1000])
            return check.withEitherProducts
        }
        expectNoFailures(checks)
    }

    @Test(arguments: [32, 63])
    func longSequence(headSize: Int) {
        var check = AttentionCheck(length: 1000, headSize: headSize)
        (check.scale, check.tileQueries) = (3.3, 96)
        expectNoFailures(check.withEitherProducts)
    }

    /// A NaN in a query reaches that query's output, in a key all of its head's, in a value one column of them.
    @Test(arguments: [AttentionCheck.NaNPlace.query, .key, .value])
    func propagatesNaN(place: AttentionCheck.NaNPlace) {
        let checks = [1, 2, 33, 300].flatMap { length in
            var check = AttentionCheck(length: length, headSize: 32)
            (check.heads, check.batch, check.nan, check.tileQueries) = (2, 2, place, 24)
            return check.withEitherProducts
        }
        expectNoFailures(checks)
    }
}

extension AttentionCheck {
    /// With products of float32, and with those of bfloat16.
    fileprivate var withEitherProducts: [AttentionCheck] {
        var paired = self
        paired.isPaired = true
        return [self, paired]
    }
}
