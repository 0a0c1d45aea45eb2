import Checkpoint

/// How observations and actions of an environment are scaled for a planner: by means and standard deviations.
///
/// The file is JSON: `{"observations": {"mean": …, "std": …}, "actions": {"mean": …, "std": …}}`, each a number for all, or a
/// list with one for each dimension. diffusers' pipeline takes one number for all, of the environment's dataset.
/// Source: diffusers 0.26.3, value_guided_sampling.py, `normalize` and `de_normalize`.
public struct PlanScaling: Sendable, Hashable {
    /// Means and deviations, one for each dimension; or one for all.
    public struct Statistics: Sendable, Hashable {
        /// The means.
        public var mean: [Double]
        /// The standard deviations.
        public var deviation: [Double]

        /// Means and deviations as they are.
        public init(mean: [Double], deviation: [Double]) {
            self.mean = mean
            self.deviation = deviation
        }

        /// Nothing is scaled.
        public static let none = Statistics(mean: [0], deviation: [1])

        func scaled(_ value: Float, _ dimension: Int) -> Float {
            Float((Double(value) - mean[at(dimension, mean)]) / deviation[at(dimension, deviation)])
        }

        func unscaled(_ value: Float, _ dimension: Int) -> Float {
            Float(Double(value) * deviation[at(dimension, deviation)] + mean[at(dimension, mean)])
        }

        private func at(_ dimension: Int, _ values: [Double]) -> Int { values.count == 1 ? 0 : dimension }

        /// Checks that floats can be scaled by the numbers.
        fileprivate func check(_ name: String) throws(SamplingError) {
            if let other = mean.first(where: { !Float($0).isFinite }) {
                throw .values(name: "\(name).mean", found: "\(other)", expected: "finite numbers")
            }
            if let other = deviation.first(where: { !(Float($0) > 0 && Float($0).isFinite) }) {
                throw .values(name: "\(name).std", found: "\(other)", expected: "numbers above 0")
            }
        }
    }

    /// Statistics of observations.
    public var observations: Statistics
    /// Statistics of actions.
    public var actions: Statistics

    /// Statistics as they are; nothing is scaled unless given.
    public init(observations: Statistics = .none, actions: Statistics = .none) {
        self.observations = observations
        self.actions = actions
    }

    /// Reads a file. Blocks on the disk.
    ///
    /// - Throws: `SamplingError.values` for a file that cannot be read or is none of the form above.
    public init(contentsOf path: String) throws(SamplingError) {
        let json: JSONValue
        do throws(CheckpointError) {
            json = try JSONReader.read(try AtomicFile.read(path, limit: 1 << 20), file: path)
        } catch {
            throw .values(name: path, found: "\(error)", expected: "a JSON file of means and deviations")
        }
        observations = try Self.statistics("observations", in: json, path)
        actions = try Self.statistics("actions", in: json, path)
    }

    private static func statistics(
        _ name: String, in json: JSONValue, _ path: String
    ) throws(SamplingError) -> Statistics {
        let expected = "a number, or a list of one for each dimension"
        func numbers(_ leaf: String) throws(SamplingError) -> [Double] {
            let value = json[name]?[leaf]
            let found: [Double]? =
                switch value {
                case .array(let items): items.allSatisfy { $0.number != nil } ? items.compactMap(\.number) : nil
                default: value?.number.map { [$0] }
                }
            guard let found, !found.isEmpty, found.allSatisfy(\.isFinite) else {
                throw .values(name: "\(path): \(name).\(leaf)", found: value?.summary ?? "nothing", expected: expected)
            }
            return found
        }
        let statistics = Statistics(mean: try numbers("mean"), deviation: try numbers("std"))
        try statistics.check("\(path): \(name)")
        return statistics
    }

    /// Checks the numbers, and that there is one for all, or one for each dimension.
    func check(observations: Int, actions: Int) throws(SamplingError) {
        for (name, statistics, count) in [
            ("observations", self.observations, observations), ("actions", self.actions, actions),
        ] {
            try statistics.check("scaling of \(name)")
            for values in [statistics.mean, statistics.deviation] where values.count != 1 && values.count != count {
                throw .values(
                    name: "scaling of \(name)", found: "\(values.count) numbers",
                    expected: "one for all, or \(count), one for each dimension")
            }
        }
    }
}
