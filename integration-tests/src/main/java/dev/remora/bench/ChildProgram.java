package dev.remora.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** The side of a process that {@link ChildJvm} started: it answers lines, and ends with its parent. */
final class ChildProgram {
    static final String DONE = "DONE ";
    static final String FAILED = "FAILED ";

    /** Standard output belongs to the answers; what libraries print goes to the log. */
    private static final PrintStream ANSWERS = System.out;

    private ChildProgram() {}

    /** What is done with a line. */
    interface Command {
        Fields run(Fields fields) throws Exception;
    }

    static Fields settings(String... args) {
        System.setOut(System.err);
        return Fields.parse(args[0]);
    }

    /** Says that it is ready, answers each line, and returns when the parent is gone or has closed the line. */
    static void serve(Fields ready, Command command) throws IOException {
        answer(DONE + ready.line());
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            try {
                answer(DONE + command.run(Fields.parse(line)).line());
            } catch (Exception e) {
                e.printStackTrace();
                answer(FAILED + e.toString().replace('\n', ' '));
            }
        }
    }

    private static void answer(String line) {
        ANSWERS.println(line);
        ANSWERS.flush();
    }
}
