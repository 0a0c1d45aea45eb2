/// What the command's exit statuses mean: the help of the command says it, and what is made of that.
enum ExitStatus {
    /// A line for each.
    static let help = """
        Exit status:
          0    it did what was asked for
          1    it did, and the answer is no: beyond a limit, or not fit to run
          2    it could not: a wrong flag, file or model, or no room for the output
          130  Ctrl-C ended it
          143  SIGTERM ended it
        """
}
