// The commands of sockmark. Each is one file that adds itself, with its options, to the program.

#pragma once

namespace sockmark::cli {

class Program;

void add_run(Program& program);
void add_compare(Program& program);
void add_calibrate(Program& program);
void add_report(Program& program);
void add_export(Program& program);
void add_analyze(Program& program);
void add_selfcheck(Program& program);
void add_doctor(Program& program);
void add_list(Program& program);
void add_serve(Program& program);
void add_genkey(Program& program);
void add_session(Program& program);  // hidden: started by serve
void add_dial(Program& program);     // hidden: started by the runner
void add_worker(Program& program);   // hidden: started by the runner

}  // namespace sockmark::cli
