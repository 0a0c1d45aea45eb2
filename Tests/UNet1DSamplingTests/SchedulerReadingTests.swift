import Testing
import UNet1DSampling

/// What a file of a scheduler may hold, and what errors say of it.
@Suite struct SchedulerReadingTests {
    /// The description of the error of reading `text`.
    private func refusal(_ text: String, as name: String? = nil) -> String {
        do throws(SchedulerError) {
            _ = try Scheduler(json: Array(text.utf8), file: "f.json", as: name)
            return "none"
        } catch { return "\(error)" }
    }

    @Test func readsTheClassThatTheFileNames() throws {
        let text = #"{"_class_name": "IPNDMScheduler", "num_train_timesteps": 1000, "trained_betas": null}"#
        let scheduler = try Scheduler(json: Array(text.utf8), file: "f.json")
        #expect(scheduler.name == "IPNDMScheduler")
        #expect(scheduler.base is IPNDMScheduler)
        #expect(scheduler.notes.isEmpty)
        #expect(try scheduler.prepare(steps: 4).count == 4)
    }

    @Test func everyClassHasFieldsWithDefaults() throws {
        for name in Scheduler.names {
            let fields = try #require(Scheduler.fields(of: name))
            #expect(fields.contains("num_train_timesteps"), "\(name)")
            #expect(Set(fields).count == fields.count, "\(name)")
            #expect(try Scheduler(json: Array("{}".utf8), file: "f.json", as: name).prepare(steps: 10).count == 10)
        }
    }

    /// Texts and what their errors must say.
    @Test(arguments: [
        (#"{"_class_name": "PNDMScheduler"}"#, ["f.json: _class_name is", "PNDMScheduler", "IPNDMScheduler"]),
        (#"{}"#, ["_class_name is missing", "name one of them"]),
        (#"[]"#, ["_class_name is missing"]),
        (#"{"_class_name": "IPNDMScheduler", "betas": 1}"#, ["\"betas\" is not a field", "trained_betas"]),
        (
            #"{"_class_name": "IPNDMScheduler", "trained_betas": "x"}"#,
            ["f.json: trained_betas is the string \"x\"", "a list of numbers or null", "remove it"]
        ),
        (#"{"_class_name": "IPNDMScheduler", "num_train_timesteps": 0}"#, ["num_train_timesteps is 0", "from 1"]),
        (#"{"_class_name": "IPNDMScheduler""#, ["f.json"]),
    ])
    func refuses(text: String, says: [String]) {
        let refusal = refusal(text)
        for words in says { #expect(refusal.contains(words), "\(refusal)") }
    }

    @Test func errorsOfPreparingNameTheFile() throws {
        let text = #"{"_class_name": "IPNDMScheduler", "trained_betas": [1, 0.5, 0]}"#
        let scheduler = try Scheduler(json: Array(text.utf8), file: "f.json")
        #expect(try scheduler.prepare(steps: 2).count == 2)
        #expect {
            _ = try scheduler.prepare(steps: 3)
        } throws: { "\($0)".contains("f.json: IPNDMScheduler: 3 steps") && "\($0)".contains("prepare 2 steps") }
        #expect(throws: SchedulerError.self) { try scheduler.prepare(steps: 0) }
    }
}
