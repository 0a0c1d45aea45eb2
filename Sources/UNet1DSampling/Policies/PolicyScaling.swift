/// How observations and actions of a robot are scaled for its policy: each number by a factor and a summand of its own.
///
/// A policy's folder of LeRobot has them as statistics of its dataset; ``ActionPolicy`` reads these.
public struct PolicyScaling: Sendable, Hashable {
    /// x · factor + summand, for one number.
    public struct Line: Sendable, Hashable {
        /// The factor.
        public var factor: Double
        /// The summand.
        public var summand: Double

        /// A factor and a summand.
        public init(factor: Double, summand: Double) { (self.factor, self.summand) = (factor, summand) }

        /// From `least` ... `most` to −1 ... 1. A range of nothing counts as one of `epsilon`.
        /// Source: lerobot 0.4, processor/normalize_processor.py, MIN_MAX.
        public static func range(_ least: Double, _ most: Double, epsilon: Double = 1e-8) -> Line {
            let width = most == least ? epsilon : most - least
            return Line(factor: 2 / width, summand: -2 * least / width - 1)
        }

        /// To mean 0 and deviation 1. Source: lerobot 0.4, processor/normalize_processor.py, MEAN_STD.
        public static func deviation(_ mean: Double, _ deviation: Double, epsilon: Double = 1e-8) -> Line {
            Line(factor: 1 / (deviation + epsilon), summand: -mean / (deviation + epsilon))
        }
    }

    /// A line for each number of an observation, for one of the observations that a plan is made from.
    public var observation: [Line]
    /// A line for each number of an action: actions are what it scales to the model's numbers.
    public var action: [Line]

    /// Lines as they are.
    public init(observation: [Line], action: [Line]) {
        self.observation = observation
        self.action = action
    }

    /// Nothing is scaled.
    ///
    /// - Parameters:
    ///   - observation: numbers of an observation.
    ///   - action: numbers of an action.
    public static func none(observation: Int, action: Int) -> PolicyScaling {
        let line = Line(factor: 1, summand: 0)
        return PolicyScaling(
            observation: Array(repeating: line, count: observation), action: Array(repeating: line, count: action))
    }
}
