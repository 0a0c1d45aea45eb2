// BenchKit
