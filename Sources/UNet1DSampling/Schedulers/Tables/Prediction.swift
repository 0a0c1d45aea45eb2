/// What a model's output is. The raw values are diffusers' names.
public enum Prediction: String, Sendable, Hashable, CaseIterable {
    /// The noise z in u = αx₀ + σz.
    case noise = "epsilon"
    /// The clean sample x₀.
    case sample
    /// αz − σx₀. Source: Salimans and Ho, <https://arxiv.org/abs/2202.00512>.
    case velocity = "v_prediction"
    /// z − x₀, the velocity of a straight path from x₀ to z; for levels with α = 1 − σ.
    case flow = "flow_prediction"
}
