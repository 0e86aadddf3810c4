#!/bin/sh
# A job script that records itself: a solver in the middle, recording around it, nothing that can end the job.
#SBATCH --job-name=cooling --time=00:10:00
set -eu
eval "$(simvue-journal open --name cooling --folder /examples --tag shell --metadata start=90 --metadata solver=bc)"
trap 'simvue-journal end --exit-code $?' 0 # also when the script fails, or is told to stop
trap 'exit 143' TERM

solver() { # prints a step and a temperature on each line, as a program of yours would
    echo '90 20' | awk '{ for (t = $1; t - $2 > 1; t -= 0.2 * (t - $2)) printf "%d %.17g\n", n++, t }'
}

simvue-journal event 'started' --level debug
solver | while read -r step temperature; do
    simvue-journal metric "temperature=$temperature" --step "$step"
done
solver >temperatures.dat
simvue-journal artifact temperatures.dat --category output --store
simvue-journal metadata cooled=true
