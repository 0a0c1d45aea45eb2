import Foundation
import Testing

@testable import BenchKit

/// Pages: well-formed, alone, with everything in them.
@Suite struct HTMLReportTests {
    private static let pages: [String: String] = [
        "run": FixedReports.run.html, "checkpoint": FixedReports.checkpoint.html, "plan": FixedReports.plan.html,
        "hostile": hostile.html, "sweep": FixedReports.sweep.html, "comparison": FixedReports.comparison.html,
        "profiles": ProfileList(ProfileLibrary(environment: [:], executable: "/no/such")).html,
    ]

    /// A report whose texts come from somebody who means no good.
    private static let hostile: Report = {
        var report = FixedReports.run
        let script = #"<script>alert("1")</script>'&amp;"# + "\u{1}"
        report.workload.profile = script
        report.workload.description = script
        report.workload.model = script
        report.workload.notes = [script]
        report.host.cpu = script
        report.operations[0].operation.name = #"" onfocus="alert(1)"#
        report.warnings.append(Warning(text: script, advice: "]]>\u{1}</style>"))
        return report
    }()

    @Test(arguments: pages.keys.sorted()) func pagesAreXMLThatLoadsNothing(name: String) throws {
        let text = try #require(Self.pages[name])
        let page = try #require(XMLOutline(text))
        #expect(page.all("script").count == 1)
        for element in page.elements {
            #expect(element.attributes["src"] == nil)
            #expect(element.attributes.keys.allSatisfy { !$0.hasPrefix("on") }, "\(element.attributes)")
            if let link = element.attributes["href"] { #expect(link == "data:,") }
        }
        for address in ["http:", "https:", "url(", "@import"] { #expect(!text.contains(address)) }
    }

    /// Every drawing says in words what it shows.
    @Test(arguments: pages.keys.sorted()) func drawingsHaveWords(name: String) throws {
        let text = try #require(Self.pages[name])
        let page = try #require(XMLOutline(text))
        for drawing in page.all("svg", style: "plot") {
            let id = try #require(drawing.attributes["id"])
            #expect(["img", "group"].contains(drawing.attributes["role"]))
            for (part, attribute) in [("title", "aria-labelledby"), ("desc", "aria-describedby")] {
                let words = page.all(part, within: id).first { $0.attributes["id"] == drawing.attributes[attribute] }
                #expect(words?.text.isEmpty == false, "\(id) \(part)")
            }
        }
        #expect(!text.contains("nan") && !text.contains("inf%"))
    }

    @Test func aRunShowsItsData() throws {
        let report = FixedReports.run
        let page = try #require(XMLOutline(report.html))
        #expect(page.all("div", style: "tile").count == 4)
        let bars = page.all("g", style: "part", within: "latency-histogram")
        let bins = try #require(LatencyFigure(report)).bins
        #expect(bars.count == bins.filter { $0.count > 0 }.count)
        #expect(page.all("rect", within: "slowest").count == report.operations.count)
        #expect(page.all("line", style: "limit", within: "slowest").count == report.operations.count)
        #expect(page.all("rect", within: "kinds").count == 2)
        #expect(page.all("g", style: "part", within: "arena-map").count == report.buffers.count)
        #expect(page.all("g", style: "part", within: "arena-map")[1].text.contains("down_blocks.0.resnets.0.conv_1"))
        #expect(page.all("g", style: "part", within: "timeline").count == report.timeline?.events.count)
        #expect(page.all("li", within: "notice").count == report.warnings.count)
        #expect(page.all("section").map { $0.attributes["id"] ?? "" }.contains("notes"))
    }

    /// Figures that have nothing to show are left out.
    @Test func aRunWithoutTimedOperationsHasNoFigureOfThem() throws {
        let page = try #require(XMLOutline(FixedReports.checkpoint.html))
        let drawings = page.all("svg", style: "plot").compactMap { $0.attributes["id"] }
        #expect(drawings == ["latency-histogram", "percentiles"])
        #expect(page.all("li", within: "notice").isEmpty)
        #expect(page.all("path", style: "curve", within: "percentiles").count == 2)
        #expect(page.all("circle", within: "percentiles").count == 2)
    }

    /// One, equal ones, even ones, ever longer ones, and two with an outlier.
    private static let samples: [[Double]] = {
        let steps = (0..<1000).map(Double.init)
        let single: [Double] = [1]
        let equal: [Double] = [1, 1, 1, 1]
        let even: [Double] = steps.map { 1 + 0.001 * $0 }
        let longer: [Double] = steps.map { pow(1.01, $0) }
        let far: [Double] = steps.map { $0 == 7 ? 90_000 : 0.0001 }
        let few: [Double] = steps.prefix(20).map { $0 == 7 ? 300 : 2 }
        return [single, equal, even, longer, far, few]
    }()

    @Test(arguments: samples) func everyForwardIsInTheHistogram(samples: [Double]) throws {
        var report = FixedReports.run
        report.measurement.take(samples)
        let figure = try #require(LatencyFigure(report))
        #expect(figure.bins.reduce(figure.beyond) { $0 + $1.count } == samples.count)
        for (bin, next) in zip(figure.bins, figure.bins.dropFirst()) {
            #expect(abs(bin.range.upperBound - next.range.lowerBound) < 1e-9 * bin.range.upperBound)
        }
        #expect((1...8).contains(figure.axis.ticks.count), "\(figure.axis.ticks)")
        let curve = PercentileFigure(report)?.curve ?? []
        #expect(curve.isEmpty == (samples.count < 10))
        #expect(curve.allSatisfy { (0...1).contains($0.x) && (-1e-9...1 + 1e-9).contains($0.y) })
        #expect(zip(curve, curve.dropFirst()).allSatisfy { $0.x < $1.x && $0.y <= $1.y })
    }

    /// Text is legible, shapes can be seen, and families are not mistaken for one another (WCAG 2.2, 1.4.3 and 1.4.11).
    @Test func coloursHaveContrast() {
        for value in [\.light, \.dark] as [(Colour) -> String] {
            for paper in [Colour.paper, .card] {
                for text in [Colour.ink, .soft] { #expect(Self.contrast(text, paper, value) >= 4.5, "\(text)") }
            }
            for shape in OperationFamily.allCases.map(\.colour) + [.accent, .other, .limit] {
                #expect(Self.contrast(shape, .paper, value) >= 3, "\(shape)")
            }
        }
    }

    private static func contrast(_ a: Colour, _ b: Colour, _ value: (Colour) -> String) -> Double {
        func luminance(_ colour: Colour) -> Double {
            let number = Int(value(colour).dropFirst(), radix: 16) ?? 0
            let channels = [16, 8, 0].map { Double(number >> $0 & 255) / 255 }
            let linear = channels.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        }
        let (low, high) = (min(luminance(a), luminance(b)), max(luminance(a), luminance(b)))
        return (high + 0.05) / (low + 0.05)
    }
}
