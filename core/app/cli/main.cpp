// porchlight: the command line of the appliance.
#include "app/cli/commands.h"

int main(int argc, char** argv) {
    return porchlight::app::runProgram({argv + 1, argv + argc});
}
