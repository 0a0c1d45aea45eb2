import Checkpoint
import Foundation
import TestSupport
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
        (
            #"{"_class_name": "DDIMScheduler", "prediction_type": "x"}"#,
            ["prediction_type is the string \"x\"", "epsilon, sample, v_prediction", "the default, epsilon"]
        ),
        (
            #"{"_class_name": "DDIMScheduler", "prediction_type": "flow_prediction"}"#,
            ["FlowMatchEulerDiscreteScheduler"]
        ),
        (#"{"_class_name": "DDIMScheduler", "beta_start": 2}"#, ["beta_start is 2", "from 0 to 1"]),
        (#"{"_class_name": "DDIMScheduler", "clip_sample": "no"}"#, ["clip_sample is the string", "true or false"]),
        (#"{"_class_name": "DDIMScheduler", "trained_betas": [0.1]}"#, ["a list of 1 numbers", "1000 numbers"]),
        (#"{"_class_name": "DDIMScheduler", "etaa": 1}"#, ["\"etaa\" is not a field of DDIMScheduler"]),
        (
            #"{"_class_name": "DPMSolverMultistepScheduler", "variance_type": "learned"}"#,
            ["variance_type is the string \"learned\"", "must be null", "DDPMScheduler"]
        ),
        (
            #"{"_class_name": "UniPCMultistepScheduler", "use_beta_sigmas": true}"#,
            ["use_beta_sigmas is true", "must be false"]
        ),
        (
            #"{"_class_name": "UniPCMultistepScheduler", "use_karras_sigmas": true, "use_flow_sigmas": true}"#,
            ["use_karras_sigmas is true, as is use_flow_sigmas", "set the others to false"]
        ),
        (#"{"_class_name": "FlowMatchEulerDiscreteScheduler", "use_dynamic_shifting": true}"#, ["exponential(mu:)"]),
    ])
    func refuses(text: String, says: [String]) {
        let refusal = refusal(text)
        for words in says { #expect(refusal.contains(words), "\(refusal)") }
    }

    /// What save_pretrained writes of each class without options.
    private static let defaults: [JSONValue] = ["0.26.3", "0.36.0"].flatMap { version in
        let path = "\(Fixture.root)/schedulers/\(version)-defaults.json"
        guard let bytes = try? AtomicFile.read(path, limit: 1 << 20), let json = try? JSONReader.read(bytes, file: path)
        else { preconditionFailure("cannot read \(path)") }
        return json.elements
    }

    /// Every field of diffusers is known, and its default is ours.
    @Test(arguments: defaults) func readsWhatDiffusersWrites(configuration: JSONValue) throws {
        let scheduler = try Scheduler(json: Array(configuration.text.utf8), file: "f.json")
        #expect(scheduler.notes.isEmpty)
        let written = Set(configuration.members.map(\.key).filter { !$0.hasPrefix("_") })
        #expect(written.subtracting(try #require(Scheduler.fields(of: scheduler.name))).isEmpty)
        let version = try #require(configuration["_diffusers_version"]).text
        let bare = try Scheduler(
            json: Array("{\"_diffusers_version\": \(version)}".utf8), file: "f.json", as: scheduler.name)
        #expect(try rows(scheduler) == rows(bare))
    }

    /// Options left out in Swift are those left out in a file.
    @Test(
        arguments: [
            IPNDMScheduler(), DDIMScheduler(), DDPMScheduler(), DPMSolverMultistepScheduler(), EulerDiscreteScheduler(),
            EulerAncestralDiscreteScheduler(), UniPCMultistepScheduler(), LCMScheduler(),
            FlowMatchEulerDiscreteScheduler(),
        ] as [any DenoisingScheduler]) func defaultsInSwift(scheduler: any DenoisingScheduler) throws
    {
        let read = try Scheduler(json: Array("{}".utf8), file: "f.json", as: "\(type(of: scheduler))")
        #expect(try rows(read) == rows(scheduler))
    }

    private func rows(_ scheduler: any DenoisingScheduler) throws -> [StepRow] {
        let schedule = try scheduler.prepare(steps: 10)
        return (0..<10).map { schedule[$0] }
    }

    @Test func fieldsOfOtherSchedulersAreIgnoredWithANote() throws {
        let text = """
            {"_class_name": "EulerDiscreteScheduler", "skip_prk_steps": true, "set_alpha_to_one": false, "clip_sample": false,
            "_private": 1, "use_karras_sigmas": null}
            """
        let scheduler = try Scheduler(json: Array(text.utf8), file: "f.json")
        #expect(scheduler.notes.count == 3)
        #expect(
            scheduler.notes[0]
                == "f.json: clip_sample is a field of other schedulers, which EulerDiscreteScheduler ignores")
    }

    @Test func readsAFileAsAnotherClass() throws {
        let text = #"{"_class_name": "PNDMScheduler", "skip_prk_steps": true, "beta_schedule": "squaredcos_cap_v2"}"#
        let scheduler = try Scheduler(json: Array(text.utf8), file: "f.json", as: "DDIMScheduler")
        #expect((scheduler.base as? DDIMScheduler)?.training.betas == .squaredCosine)
    }

    @Test func findsTheFileInFolders() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "scheduler-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let inner = folder.appending(path: "scheduler")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
        #expect {
            _ = try Scheduler(contentsOf: folder.path)
        } throws: { "\($0)".contains("scheduler_config.json; give the folder of a pipeline") }
        let file = inner.appending(path: "scheduler_config.json")
        try Data(#"{"_class_name": "DDPMScheduler"}"#.utf8).write(to: file)
        for path in [folder.path, inner.path, file.path] {
            #expect(try Scheduler(contentsOf: path).name == "DDPMScheduler")
        }
        #expect { _ = try Scheduler(contentsOf: folder.path + "/none") } throws: {
            "\($0)".contains("/none: cannot be read")
        }
    }

    /// Any value in any field gives a schedule of numbers, or an error of one line.
    @Test(arguments: Scheduler.names) func noValueOfAFieldTraps(name: String) throws {
        let values = [
            "null", "true", "-1", "0", "1", "2", "3.5", "1e308", "1e-320", "NaN", "-Infinity", "Infinity", "99999",
            "9223372036854775807", "\"linear\"", "\"trailing\"", "\"v_prediction\"", "[]", "[0, 1, 0.5, -1, NaN]", "{}",
        ]
        for field in try #require(Scheduler.fields(of: name)) {
            for value in values {
                let text = "{\"\(field)\": \(value)}"
                do throws(SchedulerError) {
                    let schedule = try Scheduler(json: Array(text.utf8), file: "f.json", as: name).prepare(steps: 3)
                    let isFinite = schedule.timesteps.allSatisfy(\.isFinite)
                    #expect(isFinite, "\(text)")
                } catch {
                    let message = "\(error)"
                    #expect(message.hasPrefix("f.json: ") && !message.contains("\n"), "\(text): \(message)")
                }
            }
        }
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

    /// Options that give no schedule, and what their errors must say.
    @Test(
        arguments: [
            (DDIMScheduler(), 1001, "1001 steps of a model that was trained with 1000"),
            (DDIMScheduler(stepsOffset: 200), 10, "timestep 1100 is beyond"),
            (DDIMScheduler(eta: -1), 10, "an eta of -1"),
            (DDIMScheduler(limit: .clip(range: 0)), 10, "the limit"),
            (DDIMScheduler(training: TrainingNoise(betas: .trained([0.1]))), 10, "betas that are not 1000 numbers"),
            (
                DDIMScheduler(training: TrainingNoise(rescalesToZeroSNR: true), spacing: .trailing), 10,
                "use v_prediction"
            ),
            (UniPCMultistepScheduler(spacing: .leading), 1000, "timestep 0.0, divides by zero"),
            (DPMSolverMultistepScheduler(algorithm: .dpmSolver), 10, "set final_sigmas_type to sigma_min"),
            (DPMSolverMultistepScheduler(order: 3, algorithm: .sdeDPMSolverPlusPlus), 10, "use 1 or 2"),
            (DPMSolverMultistepScheduler(lowestLambda: 100), 10, "leaves no timestep"),
            (UniPCMultistepScheduler(lowerOrderFinal: false, finalSigma: .zero), 10, "lower_order_final to true"),
            (UniPCMultistepScheduler(order: 4), 10, "use 1, 2 or 3"),
            (LCMScheduler(), 51, "at most that many"),
            (LCMScheduler(strength: 2), 1, "from 0 to 1"),
            (FlowMatchEulerDiscreteScheduler(trainingTimesteps: 0), 1, "a training of 0 timesteps"),
            (EulerDiscreteScheduler(training: TrainingNoise(timesteps: -1)), 1, "a training of -1 timesteps"),
        ] as [(any DenoisingScheduler, Int, String)])
    func refusesOptions(scheduler: any DenoisingScheduler, steps: Int, says: String) {
        #expect { _ = try scheduler.prepare(steps: steps) } throws: { "\($0)".contains(says) }
    }
}
