/// What a generation did.
public struct GenerationReport: Sendable {
    let model: String
    /// (batch, channels, length).
    let shape: [Int]
    /// Samples a second; nil where the model has no rate.
    let sampleRate: Int?
    let noise: String
    let scheduler: String
    /// Steps that ran.
    let steps: Int
    /// How long the loop took, with the drawing of noise and without loading.
    let milliseconds: Double
    /// What was ignored or odd, a sentence each.
    let notes: [String]
    /// What was written, with its bytes.
    var files: [(path: String, bytes: Int)] = []

    /// For instance `IPNDMScheduler, 50 steps`.
    var loop: String { "\(scheduler), \(Figures.counted(steps, "step"))" }

    /// The report for people.
    public var text: String {
        let seconds = sampleRate.map { Double(shape[2]) / Double($0) }
        var signal = "\(Figures.shape(shape))"
        if let seconds, let sampleRate { signal += ", \(Figures.short(seconds)) s at \(sampleRate) Hz" }
        var time = "\(Figures.milliseconds(milliseconds)) ms"
        if steps > 0 { time += ", \(Figures.short(milliseconds / Double(steps))) ms a step" }
        if let seconds, milliseconds > 0 {
            let factor = seconds * Double(shape[0]) / (milliseconds / 1000)
            time += ", real-time factor \(Figures.short(factor))"
        }
        var text = """
            unet1d \(benchVersion)  \(model)
            signal      \(signal)
            loop        \(loop), \(noise)
            time        \(time)

            """
        for (path, bytes) in files { text += "wrote       \(path), \(Figures.bytes(bytes))\n" }
        return text + TextReport().notes(notes)
    }
}
