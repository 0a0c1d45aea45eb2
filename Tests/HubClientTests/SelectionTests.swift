import Foundation
import Testing

@testable import Checkpoint
@testable import HubClient

/// Names, settings, and the choice of files.
@Suite struct SelectionTests {
    private static let stem = "diffusion_pytorch_model"

    @Test(arguments: [
        (["unet/config.json", "unet/S.bin", "unet/S.safetensors"], nil, nil, "unet/S.safetensors"),
        (["config.json", "S.bin", "S.fp16.safetensors"], nil, nil, "S.bin"),
        (["config.json", "S.bin", "S.fp16.safetensors"], nil, "fp16", "S.fp16.safetensors"),
        (["config.json", "unet/config.json", "S.bin", "unet/S.bin"], nil, nil, "unet/S.bin"),
        (["v/config.json", "unet/config.json", "v/S.bin"], "v", nil, "v/S.bin"),
        (["config.json", "S.safetensors.index.json", "S.safetensors"], nil, nil, "S.safetensors.index.json"),
        (["config.json", "pytorch_model.bin"], nil, nil, "pytorch_model.bin"),
    ])
    func weights(names: [String], subfolder: String?, variant: String?, weights: String) throws {
        let selection = try FileSelection(
            of: names.map { $0.replacing("S.", with: Self.stem + ".") }, repository: "a/b", subfolder: subfolder,
            variant: variant)
        #expect(selection.weights == weights.replacing("S.", with: Self.stem + "."))
    }

    @Test(arguments: [
        ([], nil, nil, "no model of diffusers"), (["vae/config.json"], nil, nil, "--subfolder takes one of vae"),
        (["config.json"], "unet", nil, "unet/config.json"), (["config.json"], nil, nil, "no weights"),
        (["config.json", "diffusion_pytorch_model.fp16.bin"], nil, nil, "--variant takes one of fp16"),
        (["config.json", "diffusion_pytorch_model.bin"], nil, "fp16", #"variant "fp16""#),
    ])
    func whatIsMissing(names: [String], subfolder: String?, variant: String?, mention: String) {
        let error = #expect(throws: HubError.self) {
            try FileSelection(of: names, repository: "a/b", subfolder: subfolder, variant: variant)
        }
        #expect("\(error!)".contains(mention), "\(error!)")
    }

    @Test func arguments() throws {
        for repository in ["", "a/b/c", "../b", "a b", "a/b?c"] {
            #expect(throws: HubError.self) { try HubRequest(repository: repository) }
        }
        for text in [
            "", "..", "a/../b", "/a", "a/", "a\0b", "a\nb", "a\\b", "a\u{9B}b", String(repeating: "a", count: 300),
        ] {
            #expect(throws: HubError.self) { try HubRequest(repository: "a/b", revision: text) }
            #expect(throws: HubError.self) { try HubRequest(repository: "a/b", subfolder: text) }
            #expect(throws: HubError.self) { try HubRequest(repository: "a/b", variant: text) }
        }
        #expect(throws: HubError.self) { try HubRequest(repository: "a/b", variant: "a/b") }
    }

    @Test func escapes() {
        let endpoint = HubEndpoint("https://hub.example/base//")!
        #expect(endpoint.listing("a/b", revision: "pr/1") == "https://hub.example/base/api/models/a/b/revision/pr%2F1")
        #expect(
            endpoint.file("x y/é?#%.bin", of: "a/b", commit: "c")
                == "https://hub.example/base/a/b/resolve/c/x%20y/%C3%A9%3F%23%25.bin")
    }

    // MARK: - Settings

    /// Variables, the token, and the end of the name of its source.
    private static let tokenSources: [([String: String], String?, String?)] = [
        (["HF_TOKEN": " hf_a\n"], "hf_a", "HF_TOKEN"), (["HUGGING_FACE_HUB_TOKEN": "hf_b"], "hf_b", "HF_TOKEN"),
        ([:], "hf_home", "/token"), (["HF_TOKEN": "\n"], "hf_home", "/token"),
        (["HF_TOKEN_PATH": "FOLDER/other"], "hf_other", "/other"), (["HF_TOKEN_PATH": "FOLDER/none"], nil, nil),
        (["HF_TOKEN": "hf_a", "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1"], nil, nil),
    ]

    @Test(arguments: tokenSources)
    func tokens(environment: [String: String], text: String?, source: String?) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in [("token", "hf_home\n"), ("other", "hf_other")] {
            try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
        }
        let variables = ["HF_HOME": folder].merging(environment.mapValues { $0.replacing("FOLDER", with: folder) }) {
            $1
        }
        let token = try HubSettings(HubEnvironment { variables[$0] }).token
        #expect(token?.text == text)
        #expect(token?.source.hasSuffix(source ?? "?") ?? (source == nil))
    }

    @Test(arguments: [
        (["HF_ENDPOINT": "huggingface.co"], "HF_ENDPOINT"), (["HF_ENDPOINT": "ftp://x"], "HF_ENDPOINT"),
        (["HF_ENDPOINT": "https://"], "HF_ENDPOINT"), (["HF_ENDPOINT": "https://u:p@x"], "HF_ENDPOINT"),
        (["HF_TOKEN": "a b"], "HF_TOKEN"),
    ])
    func wrongSettings(environment: [String: String], mention: String) {
        let error = #expect(throws: HubError.self) { try HubSettings(HubEnvironment { environment[$0] }) }
        #expect("\(error!)".hasPrefix(mention))
    }

    @Test func certificates() throws {
        var settings = try HubSettings(HubEnvironment { ["SSL_CERT_FILE": "/no/such"][$0] })
        #expect(throws: HubError.self) { try settings.configuration() }
        settings.certificates = nil
        _ = try settings.configuration()
    }

    @Test func environment() {
        let offline = { (text: String) in HubEnvironment { ["HF_HUB_OFFLINE": text][$0] }.isOffline }
        #expect(offline("1") && offline("TRUE") && offline("on") && !offline("0") && !offline(""))
        #expect(HubEnvironment { ["TRANSFORMERS_OFFLINE": "yes"][$0] }.isOffline)
        #expect(HubEnvironment { _ in nil }.endpoint == "https://huggingface.co")
    }
}
