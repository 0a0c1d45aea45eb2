@testable import BenchKit
import Testing
import UNet1D

/// What reports declare.
@Suite struct FieldTests {
    /// Keys and units of every object of a report, nested ones by their own declarations.
    private static let declared: [(name: String, fields: [(key: String, unit: FieldUnit?)])] = [
        ("Report", list(Report.fields)), ("PlanReport", list(PlanReport.fields)),
        ("ProfileList", list(ProfileList.fields)), ("Timings", list(Timings.fields)),
        ("Statistics", list(Statistics.fields)), ("ProbeFigures", list(ProbeFigures.fields)),
        ("Interference", list(Interference.fields)), ("LoopFigures", list(LoopFigures.fields)),
        ("GradientFigures", list(GradientFigures.fields)),
        ("Host", list(Host.fields)), ("Bounds", list(Bounds.fields)),
        ("TimedOperation", list(TimedOperation.fields)), ("OperationSummary", list(OperationSummary.fields)),
        ("Buffer", list(PlanReport.Buffer.fields)), ("Locality", list(Locality.fields)),
        ("Rounding", list(PlanSummary.Rounding.fields)), ("PlacementReport", list(PlacementReport.fields)),
    ]

    private static func list<Subject>(_ fields: [Field<Subject>]) -> [(key: String, unit: FieldUnit?)] {
        fields.map { ($0.key, $0.unit) }
    }

    @Test func keysAreThereOnce() {
        for (name, fields) in Self.declared {
            #expect(Set(fields.map(\.key)).count == fields.count, "\(name)")
        }
    }

    /// Programs read units from keys, formats from declarations.
    @Test(arguments: [
        ("_us", FieldUnit.microseconds), ("_ms", .milliseconds), ("_s", .seconds), ("_bytes", .bytes),
        ("gflops", .gflops), ("_gbs", .gigabytesPerSecond),
    ])
    func unitsAreThoseOfTheKeys(end: String, unit: FieldUnit) {
        var found = 0
        for (name, fields) in Self.declared {
            for field in fields where field.key.hasSuffix(end) {
                #expect(field.unit == unit, "\(name).\(field.key)")
                found += 1
            }
        }
        #expect(found > 0)
    }

    @Test func valuesAreReadFromTheReport() throws {
        let field = try #require(Report.fields.first { $0.key == "first_forward_ms" })
        #expect(field.value(in: FixedReports.run).json() == "4.5")
        let spin = try #require(Report.fields.first { $0.key == "spin_us" })
        #expect(spin.value(in: FixedReports.run).json() == "100")
        #expect(spin.value(in: FixedReports.checkpoint).json() == "\"forever\"")
    }
}
