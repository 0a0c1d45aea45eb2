import Checkpoint
import FoundationEssentials
public import UNet1D

/// Where profiles are found: by path, in `$UNET1D_PROFILES`, in Profiles/ above the executable, compiled in.
public struct ProfileLibrary: Sendable {
    /// The profile that runs when none is named.
    public static let defaultName = "small-8192-b1"

    /// Folders to look in, first one first.
    public let folders: [String]

    /// A library of given folders.
    public init(folders: [String]) { self.folders = folders }

    /// The folders of this process.
    ///
    /// - Parameters:
    ///   - environment: `UNET1D_PROFILES` is looked up in it.
    ///   - executable: the path of the running program.
    public init(environment: [String: String], executable: String?) {
        var folders: [String] = []
        if let folder = environment["UNET1D_PROFILES"], !folder.isEmpty { folders.append(folder) }
        var path = executable ?? ""
        while let slash = path.lastIndex(of: "/") {
            path = String(path[..<slash])
            if Self.isFolder(path + "/Profiles/Workloads") {
                folders.append(path + "/Profiles")
                break
            }
        }
        self.folders = folders
    }

    /// The profile of that name, or in that file.
    ///
    /// - Throws: `BenchError.noSuchProfile`; what reading it throws.
    public func profile(_ name: String) throws(BenchError) -> Profile {
        if name.contains("/") || name.hasSuffix(".json") || Self.isFile(name) { return try Profile(file: name) }
        for folder in folders {
            for path in ["\(folder)/Workloads/\(name).json", "\(folder)/\(name).json"] where Self.isFile(path) {
                return try Profile(file: path)
            }
        }
        if let text = CompiledProfiles.all.first(where: { $0.name == name })?.text {
            return try Profile(Array(text.utf8), name: "compiled-in profile \(name)", file: nil)
        }
        throw .noSuchProfile(name: name, known: entries().map(\.name))
    }

    /// The machine profile of that name, or in that file; `built-in` is compiled in.
    ///
    /// - Throws: `BenchError.noSuchMachine`; what reading it throws.
    public func machine(_ name: String) throws(BenchError) -> MachineProfile {
        if name.contains("/") || name.hasSuffix(".json") || Self.isFile(name) { return try MachineProfile(file: name) }
        for folder in folders {
            for path in ["\(folder)/Machines/\(name).json", "\(folder)/\(name).json"] where Self.isFile(path) {
                return try MachineProfile(file: path)
            }
        }
        if name == MachineProfile.builtIn.name { return .builtIn }
        let known = folders.flatMap { folder in
            ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/Machines")) ?? [])
                .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
        }
        throw .noSuchMachine(name: name, known: Set(known + [MachineProfile.builtIn.name]).sorted())
    }

    /// A profile that was found, or why it cannot be used.
    public struct Entry: Sendable {
        /// What `--profile` takes.
        public let name: String
        /// Its file; nil: compiled in.
        public let file: String?
        /// The profile, or what is wrong with it.
        public let profile: Result<Profile, BenchError>
    }

    /// Every profile that `--profile` takes by name, by that name.
    public func entries() -> [Entry] {
        var entries: [String: Entry] = [:]
        for folder in folders {
            for place in ["\(folder)/Workloads", folder] {
                let files = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
                for file in files where file.hasSuffix(".json") {
                    let name = String(file.dropLast(5))
                    if entries[name] != nil { continue }
                    entries[name] = Entry(name: name, file: "\(place)/\(file)", profile: Self.read("\(place)/\(file)"))
                }
            }
        }
        for (name, _) in CompiledProfiles.all where entries[name] == nil {
            entries[name] = Entry(name: name, file: nil, profile: result { () throws(BenchError) in try profile(name) })
        }
        return entries.values.sorted { $0.name < $1.name }
    }

    private static func read(_ path: String) -> Result<Profile, BenchError> {
        do throws(BenchError) { return .success(try Profile(file: path)) } catch { return .failure(error) }
    }

    private func result(_ body: () throws(BenchError) -> Profile) -> Result<Profile, BenchError> {
        do throws(BenchError) { return .success(try body()) } catch { return .failure(error) }
    }

    private static func isFile(_ path: String) -> Bool {
        var folder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && !folder
    }

    private static func isFolder(_ path: String) -> Bool {
        var folder = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder
    }
}
