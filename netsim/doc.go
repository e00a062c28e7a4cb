// Package netsim simulates.
package netsim
