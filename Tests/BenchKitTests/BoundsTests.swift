@testable import BenchKit
import Testing
import UNet1D

/// What operations cannot be faster than.
@Suite struct BoundsTests {
    private static let host = Host(
        cpu: "", cores: 1, numaNodes: 1, os: "", version: "", peakGflops: 200, bandwidthGBs: 20, cacheBandwidthGBs: 100)

    private static func bounds(weights: Int, arena: Int) throws -> Bounds {
        try #require(Bounds(host, weightBytes: weights, arenaBytes: arena, cacheBytes: 1000))
    }

    /// Weights, activations, products of an operation; milliseconds and what decides them.
    @Test(arguments: [
        (1000, 1000, 100_000_000, 1_000_000, 1_000_000, 1.0, Bounds.Limit.multiplyAdds),
        (1000, 1000, 0, 1_000_000, 1_000_000, 0.02, .bytes), (1001, 1000, 0, 1_000_000, 1_000_000, 0.06, .bytes),
        (1000, 1001, 0, 0, 1_000_000, 0.05, .bytes), (1001, 1001, 5_000_000, 1_000_000, 1_000_000, 0.1, .bytes),
    ])
    func theSlowerOfProductsAndBytesDecides(
        model: Int, arena: Int, products: Int, weightBytes: Int, activationBytes: Int, milliseconds: Double,
        limit: Bounds.Limit
    ) throws {
        let bound = try Self.bounds(weights: model, arena: arena).bound(
            products: products, weightBytes: weightBytes, activationBytes: activationBytes)
        #expect(abs(bound.milliseconds - milliseconds) < 1e-12)
        #expect(bound.limit == limit)
    }

    @Test func withoutAProbeThereAreNone() {
        var host = Self.host
        host.cacheBandwidthGBs = nil
        #expect(Bounds(host, weightBytes: 1, arenaBytes: 1, cacheBytes: 1) == nil)
    }

    @Test func theForwardIsComparedWithTheSum() throws {
        var report = FixedReports.run
        let bounds = try Self.bounds(weights: 1, arena: 1)
        var operations = FixedReports.operations
        operations[0].bytesRead = 100_000_000 - operations[0].bytesWritten
        operations[1].products = 100_000_000
        report.measurement.take([4, 2, 6])
        report.bounds = bounds
        report.operations = operations.map { TimedOperation($0, milliseconds: 1, bounds: bounds) }
        #expect(report.operationsBound == 2)
        #expect(report.forwardOverBound == 2)
    }
}
