// The same benchmarks in Go: bench NAME [N] prints NAME iterations ns/op.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

var wg sync.WaitGroup
var sink int

func yields(n int) {
	for i := 0; i < n; i++ {
		runtime.Gosched()
	}
}

//go:noinline
func deep(depth, n int) {
	if depth == 0 {
		yields(n)
	} else {
		deep(depth-1, n)
	}
	sink++
}

//go:noinline
func down(depth int) int {
	got := 1
	if depth == 0 {
		runtime.Gosched()
	} else {
		got += down(depth - 1)
	}
	sink++
	return got
}

func downs(n int) {
	for i := 0; i < n; i++ {
		down(64)
	}
}

func two(f func()) {
	wg.Add(2)
	for i := 0; i < 2; i++ {
		go func() { f(); wg.Done() }()
	}
	wg.Wait()
}

func chanSync(n int) {
	ping, pong := make(chan int32), make(chan int32)
	wg.Add(1)
	go func() {
		for i := 0; i < n; i++ {
			pong <- <-ping
		}
		wg.Done()
	}()
	for i := 0; i < n; i++ {
		ping <- 1
		<-pong
	}
	wg.Wait()
}

func prodcons(n int) {
	c := make(chan int32, 128)
	wg.Add(1)
	go func() {
		for range c {
		}
		wg.Done()
	}()
	for i := 0; i < n; i++ {
		c <- int32(i)
	}
	close(c)
	wg.Wait()
}

func selectReady(n int) {
	a, b, c, d := make(chan int32, 1), make(chan int32, 1), make(chan int32, 1), make(chan int32, 1)
	for i := 0; i < n; i++ {
		c <- 0
		select {
		case <-a:
		case <-b:
		case <-c:
		case <-d:
		}
	}
}

func selectBlocking(n int) {
	a, b := make(chan int32), make(chan int32)
	wg.Add(1)
	go func() {
		for i := 0; i < n; i++ {
			select {
			case <-a:
			case <-b:
			}
		}
		wg.Done()
	}()
	for i := 0; i < n; i++ {
		if i&1 == 0 {
			a <- 0
		} else {
			b <- 0
		}
	}
	wg.Wait()
}

func contended(n int) {
	var mu sync.Mutex
	wg.Add(4)
	for k := 0; k < 4; k++ {
		go func() {
			for i := 0; i < n/4; i++ {
				mu.Lock()
				sink++
				mu.Unlock()
			}
			wg.Done()
		}()
	}
	wg.Wait()
}

//go:noinline
func panics(depth int) {
	if depth == 0 {
		panic("bench")
	}
	panics(depth - 1)
	sink++
}

func protect(depth int) {
	defer func() { recover() }()
	panics(depth)
}

func sieve(n int) {
	c := make(chan int32)
	go func() {
		for i := int32(2); ; i++ {
			c <- i
		}
	}()
	in := c
	for i := 0; i < n; i++ {
		p := <-in
		out := make(chan int32)
		go func(in, out chan int32, p int32) {
			for {
				if v := <-in; v%p != 0 {
					out <- v
				}
			}
		}(in, out, p)
		in = out
	}
}

func skynode(up chan int64, num, size int64) {
	if size == 1 {
		up <- num
		return
	}
	c := make(chan int64, 10)
	for i := int64(0); i < 10; i++ {
		go skynode(c, num+i*(size/10), size/10)
	}
	sum := int64(0)
	for i := 0; i < 10; i++ {
		sum += <-c
	}
	up <- sum
}

func mandelbrotRow(y int) int {
	const side, turns = 400, 1000
	in := 0
	for x := 0; x < side; x++ {
		cr, ci := 3.0*float64(x)/side-2, 2.0*float64(y)/side-1
		zr, zi := 0.0, 0.0
		i := 0
		for ; i < turns && zr*zr+zi*zi < 4; i++ {
			zr, zi = zr*zr-zi*zi+cr, 2*zr*zi+ci
		}
		if i == turns {
			in++
		}
	}
	return in
}

func eight(f func(part int)) {
	wg.Add(8)
	for i := 0; i < 8; i++ {
		go func(i int) { f(i); wg.Done() }(i)
	}
	wg.Wait()
}

//go:noinline
func callersAt(depth, n int) {
	if depth > 1 {
		callersAt(depth-1, n)
		return
	}
	pcs := make([]uintptr, 64)
	for i := 0; i < n; i++ {
		runtime.Callers(1, pcs)
	}
}

var text = make([]byte, 16<<10)

//go:noinline
func textAt(depth, n int) {
	if depth > 1 {
		textAt(depth-1, n)
		return
	}
	for i := 0; i < n; i++ {
		runtime.Stack(text, false)
	}
}

func parked(n int) chan bool {
	gate := make(chan bool)
	wg.Add(n)
	for i := 0; i < n; i++ {
		go func() { wg.Done(); <-gate }()
	}
	wg.Wait()
	return gate
}

func best(f func()) float64 {
	ns := time.Duration(1 << 62)
	for i := 0; i < 5; i++ {
		begin := time.Now()
		f()
		if d := time.Since(begin); d < ns {
			ns = d
		}
	}
	return float64(ns)
}

// once: the time is of one run, and there is no warm-up.
type bench struct {
	n    int
	once bool
	run  func(n int) float64
}

func each(n int, f func(n int)) bench {
	return bench{n, false, func(n int) float64 { f(n); return 0 }}
}

func once(n int, f func(n int) float64) bench { return bench{n, true, f} }

func timed(f func()) float64 {
	begin := time.Now()
	f()
	return float64(time.Since(begin))
}

func park(n int) float64 {
	begin := time.Now()
	close(parked(n))
	return float64(time.Since(begin)) / float64(n)
}

func stackAll(n int) float64 {
	buf := make([]byte, n*400+65536)
	gate := parked(n)
	defer close(gate)
	return best(func() { runtime.Stack(buf, true) })
}

type tree struct{ left, right *tree }

func makeTree(depth int) *tree {
	t := new(tree)
	if depth > 0 {
		t.left = makeTree(depth - 1)
		t.right = makeTree(depth - 1)
	}
	return t
}

func (t *tree) nodes() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.nodes() + t.right.nodes()
}

func someTrees(depth, n int) (sum int) {
	for i := 0; i < n; i++ {
		sum += makeTree(depth).nodes()
	}
	return
}

func binaryTrees(n int, parallel bool) {
	sink += makeTree(n + 1).nodes()
	long := makeTree(n)
	for depth := 4; depth <= n; depth += 4 {
		turns := 1 << (n - depth + 4)
		if !parallel {
			sink += someTrees(depth, turns)
			continue
		}
		for i := 0; i < 4; i++ {
			wg.Add(1)
			go func(depth int) { someTrees(depth, turns/4); wg.Done() }(depth)
		}
	}
	wg.Wait()
	sink += long.nodes()
}

type block struct {
	a, b *block
	_    [48]byte
}

var blocks []*block
var pair *[2]*int
var pointers64 *[8]*int
var bytes1024 *[128]*int

func gcLive(n int) float64 {
	blocks = make([]*block, n<<14)
	for i := range blocks {
		b := new(block)
		blocks[i] = b
		b.a, b.b = blocks[i/2], blocks[i*7%(i+1)]
	}
	ns := best(runtime.GC)
	blocks = nil
	return ns
}

var benches = map[string]bench{
	"yield":            each(4000000, func(n int) { two(func() { yields(n / 2) }) }),
	"yield_depth16":    each(2000000, func(n int) { two(func() { deep(16, n/2) }) }),
	"yield_down64":     each(300000, func(n int) { two(func() { downs(n / 2) }) }),
	"chan_sync":        each(1000000, chanSync),
	"chan_prodcons128": each(4000000, prodcons),
	"select_ready":     each(2000000, selectReady),
	"select_blocking":  each(1000000, selectBlocking),
	"mutex_contended4": each(10000000, contended),
	"mutex_uncontended": each(20000000, func(n int) {
		var mu sync.Mutex
		for i := 0; i < n; i++ {
			mu.Lock()
			sink++
			mu.Unlock()
		}
	}),
	"go_create": each(1000000, func(n int) {
		for i := 0; i < n; i++ {
			wg.Add(1)
			go wg.Done()
			runtime.Gosched()
		}
		wg.Wait()
	}),
	"fan_in": each(200000, func(n int) {
		c := make(chan int32)
		for done := 0; done < n; done += 10000 {
			for i := 0; i < 10000; i++ {
				go func() { c <- 1 }()
			}
			for i := 0; i < 10000; i++ {
				<-c
			}
		}
	}),
	"panic_depth1": each(500000, func(n int) {
		for i := 0; i < n; i++ {
			protect(0)
		}
	}),
	"panic_depth10": each(300000, func(n int) {
		for i := 0; i < n; i++ {
			protect(9)
		}
	}),
	"timer_startstop": each(1000000, func(n int) {
		t := time.NewTimer(time.Hour)
		for i := 0; i < n; i++ {
			t.Reset(time.Hour)
			t.Stop()
		}
	}),
	"sieve": once(2000, func(n int) float64 { return timed(func() { sieve(n) }) }),
	"skynet": once(1000000, func(n int) float64 {
		return timed(func() { c := make(chan int64, 1); go skynode(c, 0, int64(n)); <-c })
	}),
	"mandelbrot": once(1, func(n int) float64 {
		return timed(func() {
			eight(func(part int) {
				for y := part; y < 400; y += 8 {
					sink += mandelbrotRow(y)
				}
			})
		})
	}),
	"collatz": once(1, func(n int) float64 {
		return timed(func() {
			eight(func(part int) {
				sum := 0
				for i := 0; i < 100; i++ {
					for k := 1 + i*8000 + part*1000; k < 1001+i*8000+part*1000; k++ {
						for v := uint64(k); v != 1; sum++ {
							if v%2 != 0 {
								v = 3*v + 1
							} else {
								v /= 2
							}
						}
					}
				}
				sink += sum
			})
		})
	}),
	"alloc_16": each(10000000, func(n int) {
		for i := 0; i < n; i++ {
			pair = new([2]*int)
		}
	}),
	"alloc_64": each(10000000, func(n int) {
		for i := 0; i < n; i++ {
			pointers64 = new([8]*int)
		}
	}),
	"alloc_1024": each(1000000, func(n int) {
		for i := 0; i < n; i++ {
			bytes1024 = new([128]*int)
		}
	}),
	"binary_trees": once(16, func(n int) float64 {
		return timed(func() { binaryTrees(n, false) })
	}),
	"binary_trees_parallel": once(16, func(n int) float64 {
		return timed(func() { binaryTrees(n, true) })
	}),
	"gc_live":            once(64, gcLive),
	"callers_depth5":     each(500000, func(n int) { callersAt(5, n) }),
	"callers_depth20":    each(300000, func(n int) { callersAt(20, n) }),
	"stack_text_depth5":  each(50000, func(n int) { textAt(5, n) }),
	"stack_text_depth20": each(20000, func(n int) { textAt(20, n) }),
	"stack_all_10":       once(10, stackAll),
	"stack_all_1000":     once(1000, stackAll),
	"stack_all":          once(10000, stackAll),
	"stack_all_100000":   once(100000, stackAll),
	"stack_all_stopped":  once(10000, stackAll), // all of it
	"parked_default":     once(100000, park),
	"parked_2k":          once(1000000, park),
	"stop_busy":          once(200, func(n int) float64 { return stopBusy(n)[n/2] }),
	"stop_busy_worst":    once(200, func(n int) float64 { return stopBusy(n)[n-1] }),
	"stop_foreign":       once(200, func(n int) float64 { return stopBusy(n)[n/2] }),
	"stop_foreign_worst": once(200, func(n int) float64 { return stopBusy(n)[n-1] }),
	"goroutine_profile": once(10000, func(n int) float64 {
		records := make([]runtime.StackRecord, n+10)
		gate := parked(n)
		defer close(gate)
		return best(func() { runtime.GoroutineProfile(records) })
	}),
}

// Goroutine profiles while every P is in a loop that calls nothing, sorted by time.
func stopBusy(n int) []float64 {
	var stop int32
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for x := 0; atomic.LoadInt32(&stop) == 0; x++ {
			}
		}()
	}
	time.Sleep(100 * time.Millisecond)
	records := make([]runtime.StackRecord, 200)
	took := make([]float64, n)
	for i := range took {
		begin := time.Now()
		runtime.GoroutineProfile(records)
		took[i] = float64(time.Since(begin).Nanoseconds())
	}
	atomic.StoreInt32(&stop, 1)
	wg.Wait()
	sort.Float64s(took)
	return took
}

func main() {
	b, ok := benches[os.Args[1]]
	if !ok {
		return
	}
	n := b.n
	if len(os.Args) > 2 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	if !b.once {
		b.run(n / 10)
	}
	begin := time.Now()
	ns := b.run(n)
	if ns == 0 {
		ns = float64(time.Since(begin)) / float64(n)
	}
	fmt.Printf("%s %d %.1f\n", os.Args[1], n, ns)
}
