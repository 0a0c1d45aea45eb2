import BenchKit
import Testing

/// Bars of progress.
@Suite struct ProgressBarTests {
    @Test(arguments: [
        (0, 2_000_000, "[------------------------] 0 % of 2.0 MB, unet/config.json"),
        (500_000, 2_000_000, "[######------------------] 25 % of 2.0 MB, unet/config.json"),
        (9, 9, "[########################] 100 % of 0.0 MB, unet/config.json"),
        (0, 0, "[------------------------] 0 % of 0.0 MB, unet/config.json"),
        (7, -1, "[########################] 100 % of 0.0 MB, unet/config.json"),
    ])
    func text(done: Int, total: Int, expected: String) {
        #expect(ProgressBar("unet/config.json", done: done, total: total).text == expected)
    }
}
