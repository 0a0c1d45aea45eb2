/// The profiles that `--profile` takes.
public struct ProfileList: Sendable {
    /// The profiles, by name.
    public let entries: [ProfileLibrary.Entry]

    /// The list of a library.
    public init(_ library: ProfileLibrary) { entries = library.entries() }
}

extension ProfileList: ReportRecord {
    /// Schema `unet1d-profiles/1`.
    public static var fields: [Field<ProfileList>] {
        [
            Field("schema") { _ in "unet1d-profiles/1" },
            Field("default") { _ in ProfileLibrary.defaultName },
            Field("profiles", \.entries),
        ]
    }
}

extension ProfileLibrary.Entry: Reportable {
    /// Name, file and what the profile says; or the error with which it was refused.
    public var fieldValue: FieldValue {
        var members: [(key: String, value: FieldValue)] = [("name", name.fieldValue), ("file", file.fieldValue)]
        switch profile {
        case .success(let profile):
            members += [
                ("description", profile.description.fieldValue), ("batch", profile.batch.fieldValue),
                ("length", profile.length.fieldValue),
            ]
        case .failure(let error): members.append(("error", "\(error)".fieldValue))
        }
        return .object(members)
    }
}

extension ProfileList {
    /// A row for each profile.
    var table: Table {
        var table = Table([
            ("profile", .left), ("batch", .right), ("length", .right), ("where", .left), ("description", .left),
        ])
        for entry in entries {
            let name = entry.name == ProfileLibrary.defaultName ? "\(entry.name) (default)" : entry.name
            let place = entry.file ?? "built-in"
            switch entry.profile {
            case .success(let profile):
                table.add([name, "\(profile.batch)", "\(profile.length)", place, profile.description])
            case .failure(let error): table.add([name, "–", "–", place, "\(error)"])
            }
        }
        return table
    }
}
