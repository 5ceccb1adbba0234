// Prints each profile of a small program as text, to compare ours with.

package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

var kept [][]byte

//go:noinline
func allocate(n int) {
	for i := 0; i < n; i++ {
		kept = append(kept, make([]byte, 1000))
	}
}

func waiter(c chan int, ready *sync.WaitGroup) {
	ready.Done()
	<-c
}

func main() {
	runtime.MemProfileRate = 1
	runtime.SetBlockProfileRate(1)
	runtime.SetMutexProfileFraction(1)
	allocate(100)
	var ready sync.WaitGroup
	ready.Add(4)
	c := make(chan int)
	for i := 0; i < 3; i++ {
		go waiter(c, &ready)
	}
	pprof.Do(context.Background(), pprof.Labels("label", "a waiter"), func(context.Context) { go waiter(c, &ready) })
	ready.Wait()
	var mu sync.Mutex
	mu.Lock()
	go func() { time.Sleep(10 * time.Millisecond); mu.Unlock() }()
	mu.Lock()
	runtime.GC()
	for _, name := range []string{"goroutine", "threadcreate", "heap", "allocs", "block", "mutex"} {
		for debug := 1; debug <= 2; debug++ {
			fmt.Printf("=== %s %d\n", name, debug)
			pprof.Lookup(name).WriteTo(os.Stdout, debug)
		}
	}
}
