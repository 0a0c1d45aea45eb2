import Checkpoint
import Foundation
import TestSupport
import Testing

@testable import UNet1DSampling

/// Weights of rows against the papers' formulas in 50 digits: Generator/weights.py.
@Suite struct WeightTests {
    private static let runs: [(name: String, scheduler: any DenoisingScheduler)] = [
        ("ipndm", IPNDMScheduler()), ("ddim", DDIMScheduler(limit: .none, eta: 0.5)), ("ddpm", DDPMScheduler()),
        ("dpm2", dpm(2, .dpmSolverPlusPlus, .heun)), ("dpm3", dpm(3, .dpmSolverPlusPlus, .midpoint)),
        ("sde2", dpm(2, .sdeDPMSolverPlusPlus, .midpoint)), ("unipc3", UniPCMultistepScheduler(order: 3)),
        ("euler", EulerDiscreteScheduler()),
    ]

    private static func dpm(
        _ order: Int, _ algorithm: DPMSolverMultistepScheduler.Algorithm, _ solver: DPMSolverMultistepScheduler.Solver
    ) -> DPMSolverMultistepScheduler {
        DPMSolverMultistepScheduler(
            order: order, algorithm: algorithm, solver: solver, lowerOrderFinal: false, finalSigma: .sigmaMin)
    }

    private static let expected: JSONValue = {
        let path = "\(Fixture.root)/schedulers/weights.json"
        guard let bytes = try? AtomicFile.read(path, limit: 1 << 20), let json = try? JSONReader.read(bytes, file: path)
        else { preconditionFailure("cannot read \(path)") }
        return json
    }()

    @Test(arguments: runs.indices) func equalTheFormulas(index: Int) throws {
        let (name, scheduler) = Self.runs[index]
        let schedule = try scheduler.prepare(steps: 10)
        let rows = try #require(Self.expected[name]).elements
        try #require(rows.count == 10)
        for (step, expected) in rows.enumerated() {
            let row = schedule[step]
            let time = try #require(expected["timestep"]).number
            #expect(abs(row.timestep - time) <= 1e-12 * time)
            var noise = 0.0
            if case .scaled(let scale) = row.noise { noise = scale }
            for (found, field) in [
                (weights(row.next) + [noise], "next"), (weights(row.kept), "kept"),
                (weights(row.corrected), "corrected"),
            ] {
                var numbers = try #require(expected[field]).elements.map(\.number)
                if field == "next" { numbers.append(try #require(expected["noise"]).number) }
                let largest = numbers.map(abs).max() ?? 0
                for (a, b) in zip(found, numbers) {
                    #expect(abs(a - b) <= 1e-12 * largest, "\(name), step \(step), \(field): \(found), \(numbers)")
                }
            }
        }
    }

    private func weights(_ a: LinearCombination) -> [Double] {
        [a.sample, a.output, a.estimate, a.history.x, a.history.y, a.history.z, a.last]
    }

    /// φₖ with the series and without it, computed with 50 digits.
    @Test(
        arguments: [
            (1, -1e-9, 0.9999999995), (2, -1e-9, 0.49999999983333333), (3, 0.001, 0.16670834166805575),
            (4, 0.5, 0.046206997868717016), (2, -1, 0.36787944117144233), (3, 2, 0.29863201236633127), (2, 0, 0.5),
            (3, -.infinity, 0),
        ] as [(Int, Double, Double)])
    func exponentialIntegrals(order: Int, argument: Double, expected: Double) {
        #expect(abs(ExponentialIntegral.phi(order, argument) - expected) <= 1e-14)
    }
}
