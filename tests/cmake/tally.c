int tally(int n);

int
tally(int n)
{
	static int total;

	return total += n;
}
