@testable import BenchKit
import Testing

/// Lists and ranges of values, and the rows that they make.
@Suite struct CombinationsTests {
    @Test(arguments: [
        ("4", ["4"]), ("1,2", ["1", "2"]), ("2,1,2", ["2", "1", "2"]), ("1-4", ["1", "2", "3", "4"]),
        ("1-8+3", ["1", "4", "7"]), ("4096-65536*4", ["4096", "16384", "65536"]), ("1-2,8", ["1", "2", "8"]),
        ("3-3", ["3"]), ("-1", ["-1"]), ("two", ["two"]), ("", [""]),
        ("9223372036854775806-9223372036854775807", ["9223372036854775806", "9223372036854775807"]),
    ])
    func wholeNumbersHaveRanges(text: String, values: [String]) throws {
        #expect(try ValueList.values(text, name: "threads", hasRanges: true) == values)
    }

    @Test(arguments: ["4-1", "1-4+0", "1-4*1", "0-4*2", "1,,2", "1,", "1-5000"])
    func badListsAreRefused(text: String) {
        let error = #expect(throws: BenchError.self) {
            try ValueList.values(text, name: "threads", hasRanges: true)
        }
        #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("--threads: found \(text), expected "))
    }

    @Test func otherValuesHaveNoRanges() throws {
        #expect(try ValueList.values("0.5,1-2", name: "period", hasRanges: false) == ["0.5", "1-2"])
    }

    @Test func everyCombinationIsARow() throws {
        var flags = Settings()
        flags.isa = "generic"
        let lists = [(Setting.at(\.threads), "1-2"), (Setting.at(\.batch), "8"), (Setting.at(\.precision), "f32,bf16")]
        let combinations = try Combinations(flags, profiles: "a,b", lists: lists)
        #expect(combinations.parameters == ["profile", "threads", "precision"])
        #expect(combinations.points.count == 8)
        let second = combinations.points[1]
        #expect(second.profile == "a" && second.values == ["a", "1", "bf16"])
        #expect(second.settings.threads == 1 && second.settings.batch == 8 && second.settings.precision == "bf16")
        #expect(combinations.points.allSatisfy { $0.settings.isa == "generic" })
        #expect(combinations.points[7].values == ["b", "2", "bf16"])
    }

    @Test func oneCombinationHasNoParameters() throws {
        let combinations = try Combinations(Settings(), profiles: "a", lists: [(Setting.at(\.threads), "2")])
        #expect(combinations.parameters.isEmpty && combinations.points.count == 1)
        #expect(combinations.points[0].profile == "a" && combinations.points[0].settings.threads == 2)
    }

    @Test func tooManyRowsAreRefused() {
        let lists = [(Setting.at(\.threads), "1-100"), (Setting.at(\.batch), "1-100")]
        #expect(throws: BenchError.self) { try Combinations(Settings(), profiles: nil, lists: lists) }
    }
}
