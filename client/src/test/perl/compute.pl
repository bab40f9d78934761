# compute DIRECTORY: a generator, until DIRECTORY/enough is there; see compute.py.
use strict;
use integer;

my ($directory) = @ARGV;
my ($x, $steps, @places) = (0, 0, (0) x 65536);
while ($steps % 1000 || !-e "$directory/enough") {
    $x = $x * 6364136223846793005 + 1442695040888963407;
    $places[$steps % 65536] = $x;
    $steps++;
    if ($steps == 1000) {
        open(my $ready, ">", "$directory/ready0") or die;
    }
}
my $sum = 0;
$sum += $_ for @places;
printf("0 %u %u %u\n", $steps, $x, $sum);
